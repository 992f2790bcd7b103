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
  /** Windows of event time. */
  'windows',
  /** Windows that take late elements for a while. */
  'lateness',
  /** Windows of event time of which a record has several. */
  'overlapping',
  /** Windows of event time between which a record may fall. */
  'gaps',
  /** Windows of event time that merge. */
  'merging',
  /** ... whose trigger counts. */
  'counted-merging',
  /** A trigger that fires before the end of a window, too, and allowed lateness. */
  'early',
  /** A trigger that purges. */
  'purging',
  /** An evictor that may empty a pane. */
  'evicting',
  /** A process function without key, which may have lists. */
  'lists',
  /** The scenario has several versions of the job. */
  'versions',
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

/** In the order of `JOB_TRAITS`. */
export function traitsOf(job: JobSpec, versions = 1): readonly ReadTrait[] {
  const has = { ...traitTests(job), versions: versions > 1 };
  return JOB_TRAITS.filter((trait) => has[trait]);
}

function traitTests({ nodes, edges }: JobSpec): Readonly<Record<Exclude<ReadTrait, 'versions'>, boolean>> {
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
    ...windowTests(nodes.flatMap(({ operator }) => (operator.kind === 'window' ? [operator] : []))),
  };
}

type WindowTrait =
  'windows' | 'lateness' | 'overlapping' | 'gaps' | 'merging' | 'counted-merging' | 'early' | 'purging' | 'evicting';

function windowTests(windows: readonly WindowSpec[]): Readonly<Record<WindowTrait, boolean>> {
  const ofEventTime = windows.filter(({ assigner }) => assigner.kind !== 'global' && assigner.domain === 'event');
  const merging = ofEventTime.filter(
    ({ assigner }) => assigner.kind === 'session' || (assigner.kind === 'custom' && assigner.merges),
  );
  const triggerOf = ({ trigger }: WindowSpec): TriggerSpec['kind'] =>
    trigger.kind === 'purging' ? trigger.of.kind : trigger.kind;
  const slides = ({ assigner }: WindowSpec, by: (sizeMs: number, slideMs: number) => boolean): boolean =>
    assigner.kind === 'sliding' && by(assigner.sizeMs, assigner.slideMs);
  return {
    windows: ofEventTime.length > 0,
    lateness: ofEventTime.some(({ allowedLatenessMs }) => allowedLatenessMs > 0),
    overlapping: ofEventTime.some((one) => slides(one, (sizeMs, slideMs) => 2 * slideMs <= sizeMs)),
    gaps: ofEventTime.some((one) => slides(one, (sizeMs, slideMs) => sizeMs < slideMs)),
    merging: merging.length > 0,
    'counted-merging': merging.some((one) => triggerOf(one) === 'count'),
    early: ofEventTime.some((one) => one.allowedLatenessMs > 0 && triggerOf(one) === 'earlyAndLate'),
    purging: windows.some(({ trigger }) => trigger.kind === 'purging'),
    evicting: windows.some(({ evictor }) => evictor?.kind === 'count' && evictor.count === 0),
  };
}
