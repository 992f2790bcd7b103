/**
 * All laws of ours, and how a run listens with them: one witness, one probe.
 */
import { IN_FLIGHT_NOT_RESTORABLE } from '../../core/checkpoint/restore/fit.ts';
import { FACT_KINDS, type Probe } from '../../core/facts.ts';
import type { Violation } from '../outcome.ts';
import type { Model } from '../model/types.ts';
import { checkpointsIn, type CheckpointSource } from '../witness/checkpoints.ts';
import type { Fork } from '../witness/fork.ts';
import type { WitnessListener } from '../witness/listener.ts';
import { Witness } from '../witness/witness.ts';
import { alignment } from './alignment.ts';
import { alignmentEnds } from './alignment-ends.ts';
import { asyncCapacity } from './async-capacity.ts';
import { asyncOnce } from './async-once.ts';
import { asyncOrder } from './async-order.ts';
import { barrierDiscipline } from './barrier-discipline.ts';
import { barrierMode } from './barrier-mode.ts';
import { batch } from './batch.ts';
import { barriersForwarded } from './barriers-forwarded.ts';
import { channelState } from './channel-state.ts';
import { broadcastState } from './broadcast-state.ts';
import { confluent } from './confluent.ts';
import { conservation } from './conservation.ts';
import { crash, watchForCrashes } from './crash.ts';
import { type Compared, NOT_COUNTED, oncePerSignature, type WitnessLaw } from './define.ts';
import { eventTime } from './event-time.ts';
import { eventTimeConservation } from './event-time-conservation.ts';
import { job, judgeMemory, watchForJobFaults } from './job.ts';
import { joinComplete } from './join-complete.ts';
import { operatorState } from './operator-state.ts';
import { keyGroupsOwnedOnce } from './key-groups-owned-once.ts';
import { filesOnce } from './files-once.ts';
import { foundedAborts } from './founded-aborts.ts';
import { incrementalBase } from './incremental-base.ts';
import { hostClock } from './host-clock.ts';
import { hostFiles } from './host-files.ts';
import { localCopies } from './local-copies.ts';
import { idleness } from './idleness.ts';
import { invariant } from './invariant.ts';
import { ioErrors } from './io-errors.ts';
import type { WorldView } from '../world.ts';
import { maxArrives } from './max-arrives.ts';
import { order } from './order.ts';
import { ordered } from './ordered.ts';
import { output } from './output.ts';
import { paneLegality } from './pane-legality.ts';
import { queries } from './queries.ts';
import { referenceClosure } from './reference-closure.ts';
import { reExecution } from './re-execution.ts';
import { isLostObject, isRefusedStart, isRefusedState } from './refused-state.ts';
import { restoredNewest } from './restored-newest.ts';
import { reportFailed, reportStuck, settle } from './settle.ts';
import { savepointKept } from './savepoint-kept.ts';
import { scale } from './scale.ts';
import { sinks } from './sinks.ts';
import { sources } from './sources.ts';
import { splits } from './splits.ts';
import { stateEndsEmpty } from './state-ends-empty.ts';
import { timers } from './timers.ts';
import { tolerableFailures } from './tolerable-failures.ts';
import { transactions } from './transactions.ts';
import { upsertsConverge } from './upserts-converge.ts';
import { watermarkFloor } from './watermark-floor.ts';
import { watermarkRegression } from './watermark-regression.ts';
import { watermarks } from './watermarks.ts';

/** Worst first: what a user of the job's output would see, then what explains it, then what may still be harmless. */
const RANKED: readonly WitnessLaw[] = [
  job,
  sinks,
  filesOnce,
  upsertsConverge,
  reExecution,
  conservation,
  sources,
  batch,
  referenceClosure,
  restoredNewest,
  savepointKept,
  crash,
  barrierDiscipline,
  channelState,
  barrierMode,
  broadcastState,
  operatorState,
  queries,
  keyGroupsOwnedOnce,
  scale,
  paneLegality,
  watermarkRegression,
  eventTimeConservation,
  eventTime,
  joinComplete,
  asyncOnce,
  asyncOrder,
  asyncCapacity,
  timers,
  hostClock,
  hostFiles,
  ioErrors,
  watermarkFloor,
  transactions,
  splits,
  order,
  maxArrives,
  idleness,
  alignment,
  watermarks,
  barriersForwarded,
  alignmentEnds,
  incrementalBase,
  localCopies,
  foundedAborts,
  tolerableFailures,
  settle,
  // What the author of a job states comes last: a broken law of ours explains it.
  invariant,
  output,
  confluent,
  ordered,
  stateEndsEmpty,
];
export const LAWS: readonly WitnessLaw[] = RANKED;

export interface LawsOfRun {
  readonly probe: Probe;
  /** The run settled: end-of-run clauses. */
  settled(): void;
  /** The job ended as failed. */
  failed(message: string): void;
  /** A while after the job has ended, however it did. `taskManagers`: those that have lived on, and have heard of it. */
  hostsReleased(taskManagers: readonly string[]): void;
  /** The run did not settle. A line for each one that waits. */
  notSettled(waiting: readonly string[]): void;
  /** All processes have been stopped; what is started next is another version of the job. */
  upgraded(model: Model, fork?: Fork): void;
  /** The owner has deleted the savepoint that the job was started from. `metadata`: its object. */
  originalDeleted(metadata: string): void;
  /** Why a job had to end with this message, if it had to: then it was refused, and has not failed. */
  refusal(message: string): string | undefined;
  /** The names of the laws that have compared something, sorted: see `Compared`. */
  compared(): readonly string[];
  /** By the names of laws: the kinds of facts that each listens to. */
  heard(): Readonly<Record<string, readonly string[]>>;
  /** At the end of a run whose input has ended: processing-time timers that never fire. */
  pendingProcessingTimers(): number;
}

export interface LawsOptions {
  /** Evidence names chains of records; costs memory in proportion to the run. */
  readonly trace: boolean;
  /** Look for memory outside of state along the whole history, also if a law is broken or nothing has failed. */
  readonly memory?: boolean;
  /** For tests: where checkpoints are read. Default: the world's HA store and objects. */
  readonly checkpoints?: CheckpointSource;
  /** Listens as the laws do, and judges nothing. */
  readonly watch?: (witness: Witness) => WitnessListener;
}

/** Attaches all laws to one run. Each signature is reported once. */
export function createLaws(world: WorldView, model: Model, options: LawsOptions): LawsOfRun {
  // Which turn has made a record is known by the chain of records behind it.
  const trace = options.trace || world.expects.orderedBy !== undefined;
  const witness = new Witness(world, model, options.checkpoints ?? checkpointsIn(world), { trace });
  let held = true;
  const comparing = new Map(RANKED.map(({ name }) => [name, new Comparing()] as const));
  const violated = oncePerSignature((violation) => {
    held = false;
    comparing.get(violation.law)?.compared();
    world.violated(violation);
  });
  const { memory = false } = options;
  // What it finds might only follow from another law that is broken.
  const ended = (): void => {
    if (held || memory) judgeMemory(witness, violated, memory, comparedBy(job));
  };
  // Re-execution marks a diverged instance, after which the others have nothing to compare with: it judges last.
  const judging = RANKED.filter((law) => world.executionMode !== 'batch' || law.notInBatch === undefined);
  const lastFirst = [...judging.filter((law) => law !== reExecution), reExecution];
  const comparedBy = ({ name }: WitnessLaw): Compared => comparing.get(name)?.compared ?? NOT_COUNTED;
  let refusedState: string | undefined;
  const refusals: WitnessListener = {
    taskFailed: (fact, modelled) => {
      if (isRefusedState(world, fact, modelled)) refusedState = fact.message;
    },
  };
  const watching = [refusals, ...(options.watch === undefined ? [] : [options.watch(witness)])];
  const listening = lastFirst.map((law) => ({
    law: law.name,
    listener: law.attach(witness, violated, comparedBy(law)),
  }));
  witness.listen([...listening.map(({ listener }) => listener), ...watching]);
  return {
    probe: witness.probe,
    settled() {
      witness.settled();
      ended();
    },
    failed(message) {
      reportFailed(world, violated, message);
      ended();
    },
    notSettled(waiting) {
      witness.stuck();
      reportStuck(violated, waiting);
      ended();
    },
    upgraded(next, fork) {
      witness.upgrade(next, fork);
    },
    hostsReleased(taskManagers) {
      witness.hostsReleased(taskManagers);
    },
    originalDeleted(metadata) {
      witness.originalDeleted(metadata);
    },
    refusal: (message) =>
      refusedState !== undefined
        ? `a version of the job cannot read what an earlier one has left: ${refusedState}`
        : isRefusedStart(witness, message)
          ? `the job cannot start from the checkpoint: ${message}`
          : message.includes(IN_FLIGHT_NOT_RESTORABLE) && witness.losesInFlight
            ? 'the next version of the job has no place for data that was in flight in the newest checkpoint'
            : isLostObject(world, message)
              ? `the plan has taken away what the checkpoint consists of: ${message}`
              : undefined,
    compared: () => [...comparing].flatMap(([name, { hasCompared }]) => (hasCompared ? [name] : [])).sort(),
    heard: () => Object.fromEntries(listening.map(({ law, listener }) => [law, factsIn(listener)])),
    pendingProcessingTimers: () => pendingProcessingTimers(witness),
  };
}

/** Whether a law has compared something. */
class Comparing {
  hasCompared = false;
  readonly compared: Compared = () => {
    this.hasCompared = true;
  };
}

function factsIn(listener: WitnessListener): readonly string[] {
  return FACT_KINDS.filter((kind) => kind in listener);
}

/** Without laws only crashes and the job's end are judged: no witness, no model. */
export function judgeEndOnly(world: WorldView): LawsOfRun {
  const violated = oncePerSignature((violation) => {
    world.violated(violation);
  });
  const crashes = watchForCrashes(
    world,
    (anomaly, place, message, evidence) => {
      violated({ law: crash.name, anomaly, place, message, evidence });
    },
    NOT_COUNTED,
  );
  const faults = watchForJobFaults(
    world,
    (anomaly, place, message, evidence) => {
      violated({ law: job.name, anomaly, place, message, evidence });
    },
    NOT_COUNTED,
  );
  return {
    probe: {
      taskFailed: (fact) => {
        crashes.taskFailed(fact);
        faults.taskFailed(fact);
      },
      attemptFailed: (fact) => {
        crashes.attemptFailed(fact);
        if (fact.fault !== undefined) faults.found(fact.fault);
      },
      jobEnded: ({ fault }) => {
        if (fault !== undefined) faults.found(fault);
      },
    },
    settled: () => undefined,
    failed(message) {
      faults.ended();
      reportFailed(world, violated, message);
    },
    notSettled(waiting) {
      faults.ended();
      reportStuck(violated, waiting);
    },
    upgraded: () => undefined,
    originalDeleted: () => undefined,
    hostsReleased: () => undefined,
    refusal: () => undefined,
    compared: () => [],
    heard: () => ({}),
    pendingProcessingTimers: () => 0,
  };
}

/** What the histories hold with which the run ends. */
function pendingProcessingTimers(witness: Witness): number {
  let pending = 0;
  for (const [uid, { kind }] of witness.vertices) {
    if (kind !== 'keyed') continue;
    for (const { model } of witness.finalInstances(uid)) {
      for (const { domain } of model?.content().timers ?? []) if (domain === 'processing') pending++;
    }
  }
  return pending;
}

/** At most this many violations of a run are shown. */
export const VIOLATIONS_SHOWN_MAX = 5;

/**
 * The worst first: by law, ours before a user's, then by time; at most `VIOLATIONS_SHOWN_MAX`. Each broken law is shown
 * once before any is shown twice, so that the one that explains the others is not crowded out by its consequences.
 * A mistake of the job stands alone: what else is wrong in its run may follow from it, and no engine is to blame for that.
 */
export function worstFirst(violations: readonly Violation[]): readonly Violation[] {
  const ofJob = violations.filter((violation) => violation.law === job.name).toSorted((a, b) => a.atUs - b.atUs);
  if (ofJob.length > 0) return ofJob.slice(0, 1);
  const rank = (violation: Violation): number => {
    const index = RANKED.findIndex((law) => law.name === violation.law);
    return index < 0 ? RANKED.length : index;
  };
  const ranked = violations.toSorted((a, b) => rank(a) - rank(b) || a.atUs - b.atUs);
  const isFirst = (violation: Violation): boolean => ranked.find((other) => other.law === violation.law) === violation;
  const shown = new Set(ranked.filter(isFirst).slice(0, VIOLATIONS_SHOWN_MAX));
  for (const violation of ranked) if (shown.size < VIOLATIONS_SHOWN_MAX) shown.add(violation);
  return ranked.filter((violation) => shown.has(violation));
}
