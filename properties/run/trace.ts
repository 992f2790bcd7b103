/**
 * The story of a run, for people: a line for each fact with the virtual time and the process that stated it, and a line
 * for each death. Only made when a failing plan runs again. Facts about single turns' inner workings are left out
 * unless they change what leaves the task.
 */
import { type FactKind, type Facts, type Probe, probeOf } from '../../core/facts.ts';
import type { WorldView } from '../world.ts';

const LINES_MAX = 20_000;
/** Said by their neighbours already. */
const LEFT_OUT: ReadonlySet<FactKind> = new Set<FactKind>(['turnEnded', 'clockRead', 'randomDrawn']);

export interface Trace {
  readonly probe: Probe;
  /** Grows while the run goes on; ends with a note if it was cut. */
  readonly lines: readonly string[];
}

export function startTrace(world: WorldView): Trace {
  const lines: string[] = [];
  const tell = (process: string, text: string): void => {
    if (lines.length === LINES_MAX) lines.push(`... cut after ${LINES_MAX} lines`);
    if (lines.length <= LINES_MAX)
      lines.push(`${(world.nowUs() / 1000).toFixed(3).padStart(12)} ms  ${process.padEnd(14)} ${text}`);
  };
  world.onKilled((process) => {
    tell(process, 'DIES');
  });
  const told = (kind: FactKind) => (fact: Facts[FactKind]) => {
    tell(world.currentProcess() ?? '', describe(kind, fact));
  };
  const probe = probeOf((kind) => (LEFT_OUT.has(kind) ? undefined : told(kind)));
  return { probe, lines };
}

/** `barrierReceived window[1] checkpoint=3 channel=map[0]...`: the task first, then the fields. */
function describe(kind: FactKind, fact: object): string {
  const fields: string[] = [];
  let task = '';
  for (const [name, value] of Object.entries(fact) as [string, unknown][]) {
    if (name === 'task') task = ` ${taskText(value)}`;
    else if (value !== undefined) fields.push(`${name}=${fieldText(name, value)}`);
  }
  return `${kind}${task} ${fields.join(' ')}`.trimEnd();
}

function taskText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { vertex, subtask, attempt } = value as { vertex?: unknown; subtask?: unknown; attempt?: unknown };
  return `${String(vertex)}[${String(subtask)}]@${String(attempt)}`;
}

function fieldText(name: string, value: unknown): string {
  if (name === 'channel' && typeof value === 'object' && value !== null) {
    const { edge, sender, receiver } = value as { edge?: unknown; sender?: unknown; receiver?: unknown };
    return `edge ${String(edge)}:${String(sender)}->${String(receiver)}`;
  }
  if (value instanceof Map) return JSON.stringify(Object.fromEntries(value as Map<string, unknown>));
  return JSON.stringify(value);
}
