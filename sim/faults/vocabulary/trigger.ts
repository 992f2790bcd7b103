/** When an incident happens. A fact or a port call survives shrinking, a time often does not (design decision D8). */
import type { FactKind } from '../../../core/facts.ts';

export type Trigger =
  | { readonly kind: 'time'; readonly ms: number }
  /** The n-th fact of a kind (from 1) whose fields match `where`; a dotted path reaches inside: { 'task.vertex': 'window', checkpoint: 3 }. */
  | {
      readonly kind: 'fact';
      readonly fact: FactKind;
      readonly nth: number;
      readonly where?: Readonly<Record<string, string | number>>;
    }
  /** The n-th port call (from 1) of a process, over all its incarnations. */
  | { readonly kind: 'port-call'; readonly process: string; readonly nth: number };
