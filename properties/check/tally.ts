/**
 * What the runs of a check add up to: what a pass says of this job, and whether it says anything. Passing is worth nothing
 * if nothing was committed, no state restored, nobody killed, or an oracle never asked; each of these is an error that
 * says what to change.
 */
import type { JobSpec } from '../../core/job/spec.ts';
import type { Asked, OracleName } from '../outcome.ts';
import type { RunResult } from '../run/run.ts';
import { CheckError } from './errors.ts';

/** What a check that has passed says. */
export interface CheckResult {
  /** The check: the job, and the name of the check if it has one. */
  readonly check: string;
  readonly runs: number;
  readonly seed: string;
  /** In all runs together, as all that follows. */
  readonly records: number;
  readonly committed: number;
  readonly checkpoints: number;
  /** Attempts that started from a completed checkpoint and went on. */
  readonly restores: number;
  /** Of these, from a checkpoint with state in it. */
  readonly stateRestores: number;
  readonly kills: number;
  readonly killsAfterCheckpoint: number;
  /** Times that a version of the job was stopped or killed for the next one to go on (`upgrades`). */
  readonly upgrades: number;
  /** Elements that a window found late. */
  readonly lateRecords: number;
  /** Interesting states that were reached, by name. */
  readonly marks: readonly string[];
  /** Laws that have really compared something in some run, by name; the others say nothing of this job. */
  readonly laws: readonly string[];
  /** By oracle: runs that it has judged, and records that it has compared. */
  readonly judged: Readonly<Record<string, { readonly runs: number; readonly records: number }>>;
}

/** What the options of a check let happen, and so must have happened before passing means anything. */
export interface Due {
  readonly kills: boolean;
  readonly restores: boolean;
  readonly upgrades: boolean;
}

interface OracleTally {
  runs: number;
  records: number;
  readonly unjudged: Map<string, number>;
  readonly places: Map<string, number>;
}

export class CheckTally {
  readonly #numbers = {
    runs: 0,
    records: 0,
    committed: 0,
    checkpoints: 0,
    restores: 0,
    stateRestores: 0,
    kills: 0,
    killsAfterCheckpoint: 0,
    upgrades: 0,
    lateRecords: 0,
  };
  readonly #marks = new Set<string>();
  readonly #laws = new Set<string>();
  readonly #oracles = new Map<OracleName, OracleTally>();
  readonly #inconclusive = new Map<string, number>();
  #stateSeen = false;

  get runs(): number {
    return this.#numbers.runs;
  }

  add({ counters, observed, marks, laws, vitals, asked = [], verdict, reason }: RunResult): void {
    const numbers = this.#numbers;
    numbers.runs++;
    numbers.records += counters.sourceRecords;
    numbers.checkpoints += counters.checkpointsCompleted;
    numbers.restores += counters.restores;
    numbers.kills += counters.incidents['kill'] ?? 0;
    numbers.upgrades += counters.incidents['upgrade'] ?? 0;
    for (const values of Object.values(observed.committed)) numbers.committed += values.length;
    numbers.stateRestores += vitals?.stateRestored ?? 0;
    numbers.killsAfterCheckpoint += vitals?.killsAfterCheckpoint ?? 0;
    numbers.lateRecords += vitals?.late ?? 0;
    this.#stateSeen ||= vitals?.stateSeen === true;
    for (const mark of marks) this.#marks.add(mark);
    for (const law of laws) this.#laws.add(law);
    if (verdict === 'pass') this.#ask(asked);
    else count(this.#inconclusive, reason ?? verdict);
  }

  result(check: string, seed: string): CheckResult {
    const judged = [...this.#oracles].map(([oracle, { runs, records }]) => [oracle, { runs, records }]);
    return {
      check,
      seed,
      ...this.#numbers,
      marks: [...this.#marks].sort(),
      laws: [...this.#laws].sort(),
      judged: Object.fromEntries(judged) as CheckResult['judged'],
    };
  }

  /**
   * @param due what the options let happen.
   * @param oracles those that the options state, with the topics that they name.
   * @throws CheckError unless the runs say something about the job.
   */
  require(check: string, job: JobSpec, due: Due, oracles: ReadonlyMap<OracleName, readonly string[]>): void {
    const { runs, records, committed, stateRestores, killsAfterCheckpoint, upgrades } = this.#numbers;
    const inconclusive = [...this.#inconclusive.values()].reduce((sum, n) => sum + n, 0);
    if (2 * inconclusive >= runs) {
      throw new CheckError(
        'inconclusive',
        `INCONCLUSIVE  ${check}: ${inconclusive} of ${runs} runs came to no verdict: ${mostOf(this.#inconclusive)}`,
      );
    }
    const missing: string[] = [];
    if (committed === 0) {
      missing.push(
        records === 0
          ? 'no record was read: let `input` make some'
          : `no record was committed, of ${records} that were read: check that the job emits anything for this input, and that what it waits for comes (the watermark at the end of the input is MAX)`,
      );
    } else if (due.restores && hasState(job) && this.#stateSeen && stateRestores === 0) {
      missing.push('no attempt was restored from state: more runs, more records, or `faults` that make the job fail');
    } else if (hasState(job) && !this.#stateSeen && mayHoldState(job)) {
      missing.push('no checkpoint held any state: more records, and such that the job remembers them for a while');
    }
    if (due.kills && killsAfterCheckpoint === 0) {
      missing.push('no process was killed behind a completed checkpoint: more runs, or more records');
    }
    if (due.upgrades && upgrades === 0)
      missing.push('no version of the job took over from the one before: more runs, or more records');
    if (missing.length === 0) {
      for (const [oracle, topics] of oracles) {
        const nothing = this.#askedNothing(check, oracle, topics);
        if (nothing !== undefined) missing.push(nothing);
      }
    }
    if (missing.length === 0) return;
    throw new CheckError(
      'vacuous',
      `VACUOUS  ${check}: ${runs} runs broke no law, and that proves nothing\n${missing.map((line) => `  ${line}`).join('\n')}`,
    );
  }

  #ask(asked: readonly Asked[]): void {
    const unjudged = new Map(asked.flatMap(({ oracle, unjudged: why }) => (why === undefined ? [] : [[oracle, why]])));
    for (const oracle of new Set(asked.map((one) => one.oracle))) {
      const tally = this.#oracles.get(oracle) ?? { runs: 0, records: 0, unjudged: new Map(), places: new Map() };
      this.#oracles.set(oracle, tally);
      const why = unjudged.get(oracle);
      if (why !== undefined) count(tally.unjudged, why);
      else tally.runs++;
    }
    for (const { oracle, place, records } of asked) {
      const tally = this.#oracles.get(oracle);
      if (tally === undefined) continue;
      tally.records += records;
      count(tally.places, place, records);
    }
  }

  /** @throws CheckError if the oracle could say nothing of most runs. */
  #askedNothing(check: string, oracle: OracleName, topics: readonly string[]): string | undefined {
    const tally = this.#oracles.get(oracle);
    const unjudged = [...(tally?.unjudged.values() ?? [])].reduce((sum, n) => sum + n, 0);
    if (tally !== undefined && unjudged > tally.runs) {
      throw new CheckError(
        'inconclusive',
        `INCONCLUSIVE  ${check}: \`${oracle}\` could not judge ${unjudged} of ${unjudged + tally.runs} runs: ${mostOf(tally.unjudged)}\n  ${remedyOf(oracle)}`,
      );
    }
    const silent = topics.filter((topic) => (tally?.places.get(topic) ?? 0) === 0);
    if (silent.length > 0 && oracle === 'orderedBy')
      return `\`orderedBy\` had nothing to compare in topic ${silent.join(', ')}: no key has two different records, one made after the other`;
    if (silent.length > 0)
      return `\`${oracle}\` was never asked about topic ${silent.join(', ')}: no record of it came`;
    return tally === undefined || tally.records === 0 ? nothingAsked(oracle) : undefined;
  }
}

function nothingAsked(oracle: OracleName): string {
  return oracle === 'stateEndsEmpty'
    ? '`stateEndsEmpty` has seen no keyed operator at work: the job has none, or no record comes that far'
    : `\`${oracle}\` was asked about no record: none is expected, and none was committed in the topics that it names`;
}

function remedyOf(oracle: OracleName): string {
  if (oracle === 'confluent')
    return 'make fewer late records: `disorder: 0` in `input` puts records in order of event time';
  return oracle === 'output'
    ? 'let it take the late records (`output: (input, { late }) => ...`), or make fewer: `disorder: 0` in `input` puts records in order of event time'
    : 'leave out at-least-once in `disciplines`';
}

const KEYED: ReadonlySet<string> = new Set([
  'reduce',
  'window',
  'process',
  'coProcess',
  'keyedBroadcast',
  'broadcast',
  'intervalJoin',
]);

function hasState({ nodes }: JobSpec): boolean {
  return nodes.some(({ operator }) => KEYED.has(operator.kind));
}

/** A process function may do without; these never do. */
function mayHoldState({ nodes }: JobSpec): boolean {
  return nodes.some(
    ({ operator }) => operator.kind === 'reduce' || operator.kind === 'window' || operator.kind === 'intervalJoin',
  );
}

function count(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

/** "records were late (112 times)". */
function mostOf(counts: ReadonlyMap<string, number>): string {
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most === undefined ? 'no reason given' : `${most[0]} (${most[1]} times)`;
}
