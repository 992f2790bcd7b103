/**
 * Job: the job itself keeps the rules of the API. What breaks here is the user's code, found where it is called or where
 * its values are taken (`core/job-fault.ts`); the place is the operator.
 *
 * Verified: no task of any attempt fails by a mistake of the job, and no connector of the author's in the job manager. It is deterministic, so the job fails by the first one,
 * and no other law is asked about such a run: what it would say might follow from the mistake. With `restartOnJobFaults`
 * a mistake costs an attempt, and only a job that does not reach its end for it is reported.
 * A function that throws on the engine and not on the model, which takes the same turn, is no mistake of the job: the
 * engine has given it something else (`re-execution/threw`). The same is asked of a value of another type, of undefined where
 * state is to take it or is made of it, and of a timer that cannot be, in a turn of a key.
 * What a plan says that a version of the job cannot read is no mistake: it has to be refused, by the name of the state, and the
 * run is refused with it (`refused-state.ts`).
 * Verified of what is sent and written: types of the job's own lose nothing of it (`lossy.ts`).
 * Verified at the end: nothing is remembered outside of state (`memory.ts`). What the engine's own objects remember shows
 * as a difference to the model, and is told apart from a fault of the engine by further runs (`run/hidden-state.ts`).
 * Compared: whose mistake it is that a function has failed, and turns that are made once more with functions that have seen those before.
 * Not verified: that what the job computes is what its author meant.
 */
import type { Facts } from '../../core/facts.ts';
import { JOB_FAULT_KINDS, type JobFaultData, type JobFaultKind } from '../../core/job-fault.ts';
import type { Evidence } from '../evidence.ts';
import type { ModelTurn } from '../model/types.ts';
import type { Witness } from '../witness/witness.ts';
import type { Violation } from '../outcome.ts';
import type { WorldView } from '../world.ts';
import { isRefusedState } from './refused-state.ts';
import { type Compared, defineLaw, type Report } from './define.ts';
import { note, show } from './evidence.ts';
import { LOSSY_KIND, watchForLosses } from './lossy.ts';
import { type Remembered, remembered } from './memory.ts';

/** Memory outside of state: in function objects and closures, or in modules and static fields. */
export const MEMORY_KINDS = ['unmanaged-state', 'module-state'] as const;

export const JOB_LAW = 'job';

export const job = defineLaw({
  name: JOB_LAW,
  states: 'The job keeps the rules of its API: its functions do not fail, and its values are of the declared types.',
  compares: 'failures of functions, and turns that are made once more with functions that remember',
  anomalies: [...JOB_FAULT_KINDS, ...MEMORY_KINDS, LOSSY_KIND],
  judge(witness, report, compared) {
    const faults = watchForJobFaults(witness.world, report, compared);
    const { sent, sinkWritten } = watchForLosses(witness, report);
    return {
      sent,
      sinkWritten,
      taskFailed: faults.taskFailed,
      attemptFailed: ({ fault }) => {
        if (fault !== undefined) faults.found(fault);
      },
      imaged: ({ image }) => {
        // No restart can help what a law asks.
        if ('undecodable' in image && image.fault !== undefined) faults.accuse(image.fault);
      },
      jobEnded: ({ status, fault }) => {
        if (fault !== undefined) faults.found(fault);
        if (status === 'failed') faults.ended();
      },
      stuck: faults.ended,
    };
  },
});

/** What to do about it. */
export const USE_STATE =
  'it is lost or shared where state is not: keep it in state (ctx.getState), or do without (a cache of pure values is no memory)';

/** At the end of a run. `whole`: whether or not there was a failure. */
export function judgeMemory(
  witness: Witness,
  violated: WorldView['violated'],
  whole: boolean,
  compared: Compared,
): void {
  // The turns of an earlier version would be made again with functions of the last one.
  const found = witness.model.forgets && !witness.upgraded ? remembered(witness, whole, compared) : undefined;
  if (found === undefined) return;
  const { operator, shared } = found;
  const where = shared ? 'in a module, a static field or a shared object' : 'in a function object or a closure';
  violated({
    law: job.name,
    anomaly: MEMORY_KINDS[shared ? 1 : 0],
    place: operator,
    message: `${operator} remembers something outside of its state, ${where}: ${USE_STATE}`,
    evidence: evidenceOfMemory(found),
  });
}

function evidenceOfMemory({ node, lasting }: Remembered): Evidence {
  const { input, done } = node;
  const about =
    'value' in input
      ? [note.value('record', input.value)]
      : 'firing' in input
        ? [note.text('processing-time timer', String(input.firing.timestamp))]
        : [note.value('effective watermark', node.eff)];
  return [
    ...about,
    note.text('with new functions', doneIn(done)),
    note.text('with functions that have seen the history before', doneIn(lasting)),
  ];
}

function doneIn({ sends, sinkWrites, fired, mismatch }: ModelTurn): string {
  const values = [...sends, ...sinkWrites].map(({ value }) => show(value));
  if (mismatch !== undefined) return mismatch;
  return values.length === 0
    ? `emits nothing${fired.length > 0 ? `, ${fired.length} timers` : ''}`
    : `emits ${values.join(', ')}`;
}

interface FaultListener {
  /** `modelled`: see `WitnessListener`. What the model does not repeat is not the job's mistake. */
  readonly taskFailed: (fact: Facts['taskFailed'], modelled?: ModelTurn) => void;
  /** Outside of any task: a connector of the author's in the job manager. */
  readonly found: (fault: JobFaultData) => void;
  /** Whether or not a mistake costs an attempt only. */
  readonly accuse: (fault: JobFaultData) => void;
  /** The job has failed, or did not end. */
  readonly ended: () => void;
}

/** It needs no witness, so that runs without laws are watched, too. */
export function watchForJobFaults(world: WorldView, report: Report<JobFaultKind>, compared: Compared): FaultListener {
  let last: JobFaultData | undefined;
  const accuse = (fault: JobFaultData): void => {
    report(fault.kind, fault.operator, fault.message, evidenceOf(fault));
  };
  const found = (fault: JobFaultData): void => {
    last = fault;
    if (!world.restartOnJobFaults) accuse(fault);
  };
  return {
    taskFailed: (fact, modelled) => {
      const { fault } = fact;
      if (fault === undefined) return;
      compared();
      if (modelled?.threw === false || isRefusedState(world, fact, modelled)) return;
      found(fault);
    },
    found,
    accuse,
    ended: () => {
      if (last !== undefined && world.restartOnJobFaults) accuse(last);
    },
  };
}

/** For a fault that is found outside of any task. */
export function violationOf(fault: JobFaultData): Omit<Violation, 'atUs'> {
  const { kind, operator, message } = fault;
  return { law: job.name, anomaly: kind, place: operator, message, evidence: evidenceOf(fault) };
}

function evidenceOf({ record, stack }: Pick<JobFaultData, 'record' | 'stack'>): Evidence {
  return [
    ...(record === undefined ? [] : [note.text('record', record)]),
    ...stack.map((frame, index) => note.text(index === 0 ? 'where' : '', frame)),
  ];
}
