/** Sums up what inspectors find in images, state by state: what `measure` of a backend returns. */
import type { StateMeasure } from './backend.ts';

/** A state as an image describes it. */
export type MeasuredState = Pick<StateMeasure, 'state' | 'keyType' | 'mapKeyType' | 'type'>;

/** Is told of each key of a state how much it has there. */
export type MeasureSink = (state: MeasuredState, entries: number, bytes: number) => void;

/** What `tell` tells, in order of name. */
export function measuresOf(tell: (sink: MeasureSink) => void): readonly StateMeasure[] {
  const sums = new Map<string, StateMeasure>();
  tell(({ state, keyType, mapKeyType, type }, entries, bytes) => {
    const types = JSON.stringify([state, mapKeyType ?? null, type]);
    const known = sums.get(types);
    sums.set(types, {
      state,
      keyType,
      mapKeyType,
      type,
      keys: (known?.keys ?? 0) + 1,
      entries: (known?.entries ?? 0) + entries,
      bytes: (known?.bytes ?? 0) + bytes,
    });
  });
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

/** Of what an inspector shows of a key: map entries, items where values are lists, else values. */
export function entriesIn({ mapKeyType, type }: MeasuredState, values: readonly unknown[]): number {
  const isList = mapKeyType !== undefined || type.kind === 'list';
  return values.reduce<number>((sum, value) => sum + (isList && Array.isArray(value) ? value.length : 1), 0);
}
