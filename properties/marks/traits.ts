/**
 * What a job must have for a mark to be within its reach. Read from the job alone, never from a plan: a mark that the
 * plans do not draw any more has to show as missing.
 */
import type { DeclaredTrait } from '../plan/scenario.ts';
import type { JobSpec, NodeSpec, OperatorSpec, PartitionSpec, TriggerSpec, WindowSpec } from '../../core/job/spec.ts';

export const JOB_TRAITS = [
  /** Records go from one task to another over a network: some edge is not chained. */
  'exchange',
  /** An operator with keyed state. */
  'keyed',
  /** Barriers may overtake records at the inputs of some operator. */
  'overtaking',
  /** Some operator has the parallelism of the job, which may change. */
  'rescalable',
  /** Some source has several readers. */
  'readers',
  /** A sink commits in two phases. */
  'transactions',
  /** An operator that may register event-time timers. */
  'timers',
  /** An interval join. */
  'interval-join',
  /** Some source looks for partitions that are added. */
  'discovery',
  /** Splits of some source go idle. */
  'idleness',
  /** Some source sorts out records that are ahead of the clock. */
  'future-bound',
  /** Some source keeps step with others. */
  'watermark-alignment',
  /** Windows of any kind. */
  'any-windows',
  /** Windows of event time. */
  'windows',
  /** Windows that take late elements for a while. */
  'lateness',
  /** Windows of event time of which a record may have several. */
  'overlapping',
  /** Windows between which a record may fall. */
  'gaps',
  /** Windows of event time that merge. */
  'merging',
  /** Windows that merge, by event time or the clock, and whose trigger counts. */
  'counted-merging',
  /** A trigger that may fire before the end of a window, too, and allowed lateness. */
  'early',
  /** A trigger that may purge. */
  'purging',
  /** An evictor that may empty a pane. */
  'evicting',
  /** A process function without key, which may have lists. */
  'lists',
  /** Something without key keeps a list that is split at a restore: such a function, or requests that wait for their answers. */
  'split-lists',
  /** The scenario has several versions of the job. */
  'versions',
  /** ... or forks of it: another job starts from what this one has left. */
  'later-jobs',
] as const;

type ReadTrait = (typeof JOB_TRAITS)[number];
export type JobTrait = ReadTrait | DeclaredTrait;

const FORCED: ReadonlySet<PartitionSpec['kind']> = new Set(['forward', 'rescale', 'broadcast']);
const WITH_TIMERS: ReadonlySet<OperatorSpec['kind']> = new Set([
  'process',
  'coProcess',
  'keyedBroadcast',
  'window',
  'intervalJoin',
]);

/** In the order of `JOB_TRAITS`. `forks`: the later versions are forks; the marks of versions are about changes of one job. */
export function traitsOf(job: JobSpec, versions = 1, forks = false): readonly ReadTrait[] {
  const later = versions > 1;
  const has = { versions: later && !forks, 'later-jobs': later, ...traitTests(job) };
  return JOB_TRAITS.filter((trait) => has[trait]);
}

function traitTests({
  nodes,
  edges,
}: JobSpec): Readonly<Record<Exclude<ReadTrait, 'versions' | 'later-jobs'>, boolean>> {
  const inputsOf = ({ id }: NodeSpec): readonly PartitionSpec['kind'][] =>
    edges.filter(({ to }) => to === id).map(({ partition }) => partition.kind);
  const some = (matches: (node: NodeSpec) => boolean): boolean => nodes.some(matches);
  return {
    exchange: some((node) => {
      const inputs = inputsOf(node);
      return inputs.length > 1 || inputs.some((kind) => kind !== 'forward');
    }),
    overtaking: some((node) => {
      const inputs = inputsOf(node);
      return inputs.length > 0 && !inputs.some((kind) => FORCED.has(kind));
    }),
    rescalable: some(({ parallelism }) => parallelism === undefined),
    readers: some(({ operator, parallelism }) => operator.kind === 'source' && parallelism !== 1),
    transactions: some(({ operator }) => operator.kind === 'sink' && operator.sink.delivery === 'exactly-once'),
    timers: some(({ operator }) => WITH_TIMERS.has(operator.kind)),
    'interval-join': some(({ operator }) => operator.kind === 'intervalJoin'),
    discovery: some(({ operator }) => operator.kind === 'source' && operator.source.discoveryIntervalMs !== undefined),
    idleness: some(({ operator }) => operator.kind === 'source' && operator.watermarks.idleTimeoutMs !== undefined),
    'future-bound': some(({ operator }) => operator.kind === 'source' && operator.watermarks.futureBound !== undefined),
    'watermark-alignment': some(
      ({ operator }) => operator.kind === 'source' && operator.watermarks.alignment !== undefined,
    ),
    keyed: edges.some(({ partition }) => partition.kind === 'hash'),
    lists: some(({ operator }) => operator.kind === 'plainProcess'),
    'split-lists': some(({ operator }) => operator.kind === 'plainProcess' || operator.kind === 'asyncWait'),
    ...windowTests(nodes.flatMap(({ operator }) => (operator.kind === 'window' ? [operator] : []))),
  };
}

type WindowTrait =
  | 'any-windows'
  | 'windows'
  | 'lateness'
  | 'overlapping'
  | 'gaps'
  | 'merging'
  | 'counted-merging'
  | 'early'
  | 'purging'
  | 'evicting';

/** Triggers that may fire before the watermark has come to the end of a window. */
const EARLY: ReadonlySet<TriggerSpec['kind']> = new Set(['count', 'continuous', 'earlyAndLate', 'delta', 'custom']);

/** What an assigner or a trigger of the author's does nobody knows before: it may do anything. */
function windowTests(windows: readonly WindowSpec[]): Readonly<Record<WindowTrait, boolean>> {
  const ofEventTime = windows.filter(({ assigner }) => assigner.kind !== 'global' && assigner.domain === 'event');
  const merges = ({ assigner }: WindowSpec): boolean =>
    assigner.kind === 'session' || (assigner.kind === 'custom' && assigner.merges);
  const triggerOf = ({ trigger }: WindowSpec): TriggerSpec['kind'] =>
    trigger.kind === 'purging' ? trigger.of.kind : trigger.kind;
  const assigns = ({ assigner }: WindowSpec, by: (sizeMs: number, slideMs: number) => boolean): boolean =>
    assigner.kind === 'custom' || (assigner.kind === 'sliding' && by(assigner.sizeMs, assigner.slideMs));
  return {
    'any-windows': windows.length > 0,
    windows: ofEventTime.length > 0,
    lateness: ofEventTime.some(({ allowedLatenessMs }) => allowedLatenessMs > 0),
    overlapping: ofEventTime.some((one) => assigns(one, (sizeMs, slideMs) => slideMs < sizeMs)),
    gaps: windows.some((one) => assigns(one, (sizeMs, slideMs) => sizeMs < slideMs)),
    merging: ofEventTime.some(merges),
    'counted-merging': windows.some((one) => merges(one) && triggerOf(one) === 'count'),
    early: ofEventTime.some((one) => one.allowedLatenessMs > 0 && EARLY.has(triggerOf(one))),
    purging: windows.some(({ trigger }) => trigger.kind === 'purging' || trigger.kind === 'custom'),
    evicting: windows.some(({ evictor }) => evictor?.kind === 'count' && evictor.count === 0),
  };
}
