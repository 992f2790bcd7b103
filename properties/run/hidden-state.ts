/**
 * Whose fault is it? Before a broken law accuses the engine, the plan is run again to see whether the job remembers
 * something outside of its state. Two kinds, both of the law `job`:
 *
 *     unmanaged-state   in a function object or a closure. The model takes new function objects at each call; one that keeps
 *                       them as long as the engine does, and takes the turns in the engine's order, does what the engine did.
 *     module-state      in a module, a static field, or an object that all copies of the job share. The engine alone, without
 *                       any model beside it, does not do the same twice: here, or in a fresh process.
 *
 * Only if neither is so the engine is accused. A job without such memory gives one result in all of these runs, whatever
 * the engine does wrong, so that a fault of the engine is never excused.
 * The memory that a failure has emptied, and that no turn of the engine shows, is found by the law itself
 * (`laws/memory.ts`). Not found: memory of a module from before this run that gives one value for good, unless the caller
 * can provide a fresh process.
 */
import type { Probe } from '../../core/facts.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { crash } from '../laws/crash.ts';
import { JOB_LAW, MEMORY_KINDS, USE_STATE } from '../laws/job.ts';
import { note, show } from '../laws/evidence.ts';
import type { Evidence } from '../evidence.ts';
import { canonical, sameValue } from '../model/equal.ts';
import type { FunctionLife } from '../model/types.ts';
import type { Observed, OracleName, Outcome, Violation } from '../outcome.ts';
import { type Impure, WatchedCalls } from './watched-job.ts';

export type FunctionLives = FunctionLife | ((uid: string) => FunctionLife);

/** Runs the plan once more, with the same parts, and judges the outcome no further. */
export type RunAgain = (detail: AgainDetail) => Outcome;

/** See `RunOptions`. */
export interface AgainDetail {
  readonly functions?: FunctionLives;
  readonly memory?: boolean;
  readonly laws?: boolean;
  readonly listeners?: readonly Probe[];
  readonly watch?: (job: JobSpec) => JobSpec;
}

/** What the plan, run without laws, commits in a process of its own; undefined: there was no answer. */
export type FreshProcess = () => Observed | undefined;

const ORACLES: Readonly<Record<OracleName, true>> = {
  output: true,
  invariant: true,
  stateEndsEmpty: true,
  orderedBy: true,
  confluent: true,
};

/**
 * Whether a law of the engine is broken, and none of the job. What the author states accuses the job anyway, and an
 * assertion that fails in the engine is the engine's own affair.
 */
export function accusesEngine({ violations }: Outcome): boolean {
  const ofEngine = ({ law }: Violation): boolean => law !== crash.name && !(law in ORACLES);
  return violations.every(({ law }) => law !== JOB_LAW) && violations.some(ofEngine);
}

/**
 * Undefined: nothing is remembered outside of state, as far as these runs show. `outcome`: of the plan's first run, with
 * laws; it need not have failed.
 */
export function judgeHiddenState(outcome: Outcome, again: RunAgain, fresh?: FreshProcess): Violation | undefined {
  const mismatch = outcome.violations.find(({ law }) => law === 're-execution');
  if (mismatch !== undefined) {
    const kept = again({ functions: 'task' });
    if (!kept.violations.some(({ law }) => law === 're-execution')) return unmanaged(mismatch, again);
    // The order of timers of one watermark is the engine's alone. The model can tell without it.
    const found = memoryAlongHistory(again);
    if (found?.anomaly === MEMORY_KINDS[0]) return found;
    return moduleState(outcome, mismatch, again, fresh) ?? found;
  }
  // A law that asks the job's functions once more at the end may have got another answer than the engine did.
  return moduleState(outcome, mismatch, again, fresh) ?? memoryAlongHistory(again);
}

/** What the law itself finds, also beside a law of the engine that is broken. */
function memoryAlongHistory(again: RunAgain): Violation | undefined {
  return again({ memory: true }).violations.find(({ law }) => law === JOB_LAW);
}

/**
 * The same without any suspicion, for the first run of a check: also when it has passed. `others`: runs of other plans, which
 * fill what a module remembers.
 */
export function judgeRunZero(
  outcome: Outcome,
  again: RunAgain,
  others: () => void,
  fresh?: FreshProcess,
): Violation | undefined {
  const found = memoryAlongHistory(again);
  if (found !== undefined) return found;
  others();
  return judgeHiddenState(outcome, again, fresh);
}

// ---- function objects and closures

function unmanaged(mismatch: Violation, again: RunAgain): Violation {
  const vertex = vertexOf(mismatch);
  const operator = rememberingOperator(again, vertex);
  return {
    ...mismatch,
    law: JOB_LAW,
    anomaly: MEMORY_KINDS[0],
    place: operator,
    message: `${operator} remembers something outside of its state, in a function object or a closure: ${USE_STATE}`,
    evidence: mismatch.evidence.map((item) =>
      item.kind === 'text' && item.label === 'expected'
        ? { ...item, label: 'with new function objects' }
        : item.kind === 'text' && item.label === 'actual'
          ? { ...item, label: 'with the one of this attempt' }
          : item,
    ),
  };
}

/** The one operator of a chain whose functions need their memory to do what the engine did; the chain's head if several do. */
function rememberingOperator(again: RunAgain, vertex: string): string {
  const uids: string[] = [];
  // A run in which one operator alone keeps its functions tells whether it is the one.
  again({ laws: false, watch: (job) => (uids.push(...membersOf(job, vertex)), job) });
  if (uids.length <= 1) return vertex;
  for (const uid of uids) {
    const one = again({ functions: (other) => (other === uid ? 'task' : 'turn') });
    if (!one.violations.some(({ law }) => law === 're-execution')) return uid;
  }
  return vertex;
}

/** The operators that may have a function and can be reached from the head without leaving it far behind. */
function membersOf(job: JobSpec, vertex: string): readonly string[] {
  const head = job.nodes.find(({ uid }) => uid === vertex);
  if (head === undefined) return [];
  const reached = new Set([head.id]);
  for (const { from, to } of job.edges) if (reached.has(from)) reached.add(to);
  return job.nodes.filter(({ id, operator }) => reached.has(id) && operator.kind !== 'sink').map(({ uid }) => uid);
}

// ---- modules

function moduleState(
  outcome: Outcome,
  mismatch: Violation | undefined,
  again: RunAgain,
  fresh: FreshProcess | undefined,
): Violation | undefined {
  const [one, other] = [new Effects(), new Effects()];
  const first = again({ laws: false, listeners: [one.probe] });
  const second = again({ laws: false, listeners: [other.probe] });
  const turn = one.firstDifference(other);
  const calls = new WatchedCalls();
  again({ laws: false, watch: (job) => calls.watch(job) });
  const impure = calls.verdict();
  const apart =
    difference('the first run', outcome.observed, 'the same without laws', first.observed) ??
    difference('one run', first.observed, 'the next', second.observed) ??
    inFreshProcess(first.observed, fresh);
  if (turn === undefined && impure === undefined && apart === undefined && first.digest === second.digest)
    return undefined;
  // What a job recorded anew forgets is in a closure.
  const outlives = turn !== undefined || apart !== undefined || first.digest !== second.digest;
  const place = impure?.operator ?? (mismatch === undefined ? turn?.operator : vertexOf(mismatch)) ?? turn?.operator;
  const operator = place ?? apart?.topic ?? 'job';
  return {
    law: JOB_LAW,
    anomaly: MEMORY_KINDS[outlives ? 1 : 0],
    place: operator,
    message: outlives
      ? `${operator} remembers something that outlives its run, in a module, a static field or a shared object: ${USE_STATE}`
      : `${operator} remembers something outside of its state, in a closure: ${USE_STATE}`,
    evidence: [
      ...(turn === undefined ? [] : turn.evidence),
      ...(impure === undefined ? [] : tellImpure(impure)),
      ...(apart === undefined ? [] : apart.evidence),
    ],
    atUs: mismatch?.atUs ?? 0,
  };
}

function tellImpure({ method, argument, first, second }: Impure): Evidence {
  return [
    note.text('twice with the same value', `${method} of ${show(argument)}: ${show(first)}, then ${show(second)}`),
  ];
}

function inFreshProcess(here: Observed, fresh: FreshProcess | undefined): ReturnType<typeof difference> {
  const there = fresh?.();
  return there === undefined ? undefined : difference('this process', here, 'a fresh one', there);
}

/** The first committed record, by topic and order, that is not the same. */
function difference(
  here: string,
  a: Observed,
  there: string,
  b: Observed,
): { readonly topic: string; readonly evidence: Evidence } | undefined {
  for (const topic of Object.keys(a.committed)) {
    const [left, right] = [a.committed[topic] ?? [], b.committed[topic] ?? []];
    const at = left.findIndex((value, i) => !(i < right.length) || !sameValue(value, right[i]));
    if (at < 0 && left.length === right.length) continue;
    const index = at < 0 ? left.length : at;
    return {
      topic,
      evidence: [
        note.text(`committed by ${here}`, `${topic}: ${left.length} records, number ${index}: ${show(left[index])}`),
        note.text(`by ${there}`, `${topic}: ${right.length} records, number ${index}: ${show(right[index])}`),
      ],
    };
  }
  return undefined;
}

const EFFECTS_MAX = 100_000;

/** What the turns of a run do, in order. */
class Effects {
  readonly #done: { readonly operator: string; readonly value: unknown }[] = [];

  readonly probe: Probe = {
    sent: ({ task, value }) => this.#add(task.vertex, value),
    sinkWritten: ({ task, value }) => this.#add(task.vertex, value),
  };

  firstDifference(other: Effects): { readonly operator: string; readonly evidence: Evidence } | undefined {
    const at = this.#done.findIndex(({ operator, value }, i) => {
      const there = other.#done[i];
      return there?.operator !== operator || !sameValue(there.value, value);
    });
    const [here, there] = [this.#done[at], other.#done[at]];
    if (here === undefined) return undefined;
    return {
      operator: here.operator,
      evidence: [
        note.text('first turn that differs', `of ${here.operator}, after ${at} records sent`),
        note.text('in one run', text(here.value)),
        note.text('in the next', there === undefined ? 'nothing' : text(there.value)),
      ],
    };
  }

  #add(operator: string, value: unknown): void {
    if (this.#done.length < EFFECTS_MAX) this.#done.push({ operator, value });
  }
}

function text(value: unknown): string {
  try {
    return canonical(value);
  } catch {
    return 'a value that has no text';
  }
}

/** The vertex whose turn a violation of re-execution is about. */
function vertexOf({ place, evidence }: Violation): string {
  for (const item of evidence) {
    const task =
      item.kind === 'text' && item.label === 'task' ? /^(.*)\[\d+\] attempt /.exec(item.text)?.[1] : undefined;
    if (task !== undefined) return task;
  }
  return place.replace(/->.*$/, '');
}
