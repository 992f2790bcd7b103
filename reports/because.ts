/**
 * What led to a failure: of the story of a run the last steps that say something about it. Those of the task that the violation
 * names come first, by the facts that the violated law listens to; beside them a few of what happened to the whole job.
 */
import type { Violation } from '../properties/outcome.ts';
import { evidenceText } from './evidence.ts';
import { count } from './words.ts';

const STEPS_SHOWN = 14;
/** Of those, at most so many about the whole job while there are others. */
const OF_JOB_SHOWN = 5;
/** A checkpoint that is aborted again and again says no more than twice. */
const ALIKE_SHOWN = 2;
/** With fewer steps than this, every fact about the task is told. */
const FEW = 4;
/** Who waits in vain may be many: the first few. */
const TASKS_MAX = 3;

/** Facts that explain most failures, wherever they happen. */
const OF_JOB = [
  'DIES',
  'attemptStarting',
  'attemptFailed',
  'taskFailed',
  'checkpointCompleted',
  'checkpointAborted',
  'transactionCommitted',
  'transactionAborted',
  'recordLate',
  'jobEnded',
] as const;
/** Facts that tell more if they happen at the place of the failure. */
const OF_TASK = [
  'taskOpened',
  'sourceRecord',
  'recordProcessed',
  'sent',
  'sinkWritten',
  'paneFired',
  'eventTimerFired',
  'snapshotTaken',
  'barrierReceived',
  'channelBlocked',
  'transactionPrepared',
  'notifiedComplete',
  'acknowledged',
] as const;

/** What explains these laws is what the job has done with its records: those that its author states, and the one of broadcast state. */
const OF_RECORDS: ReadonlySet<string> = new Set([
  'output',
  'invariant',
  'confluent',
  'ordered',
  'state-ends-empty',
  'broadcast-state',
]);
/** What that was: of the tasks that the violation names, or wherever it happened. */
const OF_DATA = [
  'sourceRecord',
  'recordProcessed',
  'asyncTimedOut',
  'asyncCompleted',
  'stateDropped',
  'eventTimerFired',
  'processingTimerFired',
  'paneFired',
  'sinkWritten',
  'recordLate',
] as const;
/** Of those the ones that say most: the last few are told however much comes behind them. */
const TELLING = oneOf(['recordLate', 'asyncTimedOut']);
const TELLING_SHOWN = 3;

/** `heard`: kinds of facts that the violated law listens to. `byProgram`: the reader has the command. */
export function becauseLines(
  trace: readonly string[],
  heard: readonly string[],
  violation: Violation,
  byProgram: boolean,
): readonly string[] {
  const lines = trace
    .map((line) => line.trimStart())
    .filter((line) => Number.parseFloat(line) * 1000 <= violation.atUs + 1);
  const { about, isTask } = aboutOf(violation, lines);
  const ofTask = oneOf([...OF_TASK, ...heard]);
  const ofJob = oneOf([...OF_JOB, ...heard]);
  const all = lines.map((line, at) => ({ line, at, isNear: about(line) }));
  const near = all.filter(({ isNear }) => isNear);
  const ofData = oneOf(OF_DATA);
  const chosen = OF_RECORDS.has(violation.law)
    ? (isTask ? near : all).filter(({ line }) => ofData(line))
    : near.filter(({ line }) => ofTask(line) || (!isTask && ofJob(line)));
  const own = isTask && chosen.length < FEW ? near : chosen;
  // A law that listens to everything is answered by the task alone.
  const tells = isTask ? oneOf(OF_JOB) : ofJob;
  const isOwn = new Set<Told>(own);
  const others = all.filter(
    (one) => !one.isNear && !isOwn.has(one) && tells(one.line) && !(own.length > 0 && isElsewhere(one.line)),
  );
  const beside = worstOf(fewAlike(others), Math.max(OF_JOB_SHOWN, STEPS_SHOWN - own.length));
  const shown = [...lastOf(own, STEPS_SHOWN - beside.length), ...beside].sort((a, b) => a.at - b.at);
  const left = own.length + others.length - shown.length;
  const rest = `... ${count(left)} earlier steps${byProgram ? ': millrace replay --trace shows them all' : ''}`;
  return [...(left > 0 ? [rest] : []), ...shown.map(({ line }) => withoutFault(line))];
}

/** A mistake of the job as data, stack included: the report has said it above, and the message says it again. */
function withoutFault(line: string): string {
  return line.replace(/^(.*\b(?:taskFailed|attemptFailed|jobEnded)\b.*) fault=\{.*\}$/, '$1');
}

interface Told {
  readonly line: string;
  readonly at: number;
}

/** Whether a line is about what the violation names: its tasks, if it names any of which something is told; else its place. */
function aboutOf(
  { place, message, evidence }: Violation,
  lines: readonly string[],
): { readonly about: (line: string) => boolean; readonly isTask: boolean } {
  const text = [message, ...evidence.map(evidenceText)].join(' ');
  const named = [...new Set(text.match(/[\w.-]+\[\d+\]/g) ?? [])].map((task) => `${task}@`);
  const tasks = named.filter((task) => lines.some((line) => line.includes(task))).slice(0, TASKS_MAX);
  const places = place.split('->');
  return tasks.length > 0
    ? { about: (line) => tasks.some((task) => line.includes(task)), isTask: true }
    : { about: (line) => places.some((one) => line.includes(one)), isTask: false };
}

/** A fact of a task, told as `kind task[0]@1`, that is not the one in question. */
function isElsewhere(line: string): boolean {
  return /^\S+ ms +(?:\S+ +)?\w+ \S+\[\d+\]@\d+/.test(line) && !/\b(?:taskFailed|recordLate)\b/.test(line);
}

/** So many, the last of them, and of what says most the last few in any case. */
function lastOf(lines: readonly Told[], most: number): readonly Told[] {
  const pinned = lines.filter(({ line }) => TELLING(line)).slice(-Math.min(TELLING_SHOWN, most));
  const rest = lines.filter((one) => !pinned.includes(one));
  return [...pinned, ...rest.slice(Math.max(0, rest.length - (most - pinned.length)))];
}

/** So many, the last of them, but of what ends processes and attempts before anything else. */
function worstOf(lines: readonly Told[], most: number): readonly Told[] {
  const ends = oneOf(['DIES', 'attemptFailed', 'attemptStarting', 'jobEnded']);
  const worst = lines.filter(({ line }) => ends(line)).slice(-most);
  const rest = lines.filter(({ line }) => !ends(line));
  return [...worst, ...rest.slice(Math.max(0, rest.length - (most - worst.length)))];
}

function oneOf(kinds: readonly string[]): (line: string) => boolean {
  const words = new RegExp(`\\b(${kinds.join('|')})\\b`);
  return (line) => words.test(line);
}

/** Of each kind the last few. */
function fewAlike(lines: readonly Told[]): readonly Told[] {
  const seen = new Map<string, number>();
  return lines
    .toReversed()
    .filter(({ line }) => {
      const kind = OF_JOB.find((word) => oneOf([word])(line)) ?? line;
      const times = (seen.get(kind) ?? 0) + 1;
      seen.set(kind, times);
      return times <= ALIKE_SHOWN;
    })
    .toReversed();
}
