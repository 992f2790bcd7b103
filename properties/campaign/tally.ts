/** Sums up the runs of a campaign, in any order. What it keeps does not grow with their number. */
import { job } from '../laws/job.ts';
import { signatureOf, type Violation } from '../outcome.ts';
import { avalanche, hashText } from '../../sim/kernel/digest.ts';
import type { JobTrait } from '../marks/traits.ts';
import type { RunRow, Unjudged } from './campaign.ts';
import { DigestSet } from './digest-set.ts';
import type { Distribution, FailureGroup, LawCount, LawInfo, MarkCount, MarkInfo, Share, Summary } from './summary.ts';

/** Refused runs above this share say that the campaign asks for what cannot be had. */
const REFUSED_SHARE_MAX = 0.05;
/** Rows that are kept as examples of what differs. */
const EXAMPLES_MAX = 20;
/** Reasons, or sets of signatures, that are told apart. */
const KINDS_MAX = 500;

export function summarize(
  results: Iterable<RunRow>,
  catalogue: readonly MarkInfo[],
  laws: readonly LawInfo[] = [],
): Summary {
  const tally = new CampaignTally();
  for (const row of results) tally.add(row);
  return tally.summary(catalogue, laws);
}

export class CampaignTally {
  readonly #verdicts = new Counts<string>();
  readonly #scenarios = new Counts<string>();
  readonly #unread = new UnreadTally();
  readonly #incidents = new Counts<string>();
  readonly #plans = new PlanTally();
  readonly #laws = new LawTally();
  readonly #unjudged = new UnjudgedTally();
  readonly #digests = new DigestTally();
  readonly #failures = new FailureTally();
  readonly #different = new Examples();
  readonly #unequal = new Examples();
  #runs = 0;
  #events = 0;
  #slowest: RunRow | undefined;

  add(row: RunRow): void {
    const { verdict, scenario, counters } = row;
    this.#runs += 1;
    this.#events += counters.events;
    this.#verdicts.add(verdict);
    this.#scenarios.add(scenario);
    this.#unread.add(row);
    for (const [kind, count] of Object.entries(counters.incidents)) this.#incidents.add(kind, count);
    this.#plans.add(row);
    this.#laws.add(row);
    this.#unjudged.add(row);
    this.#digests.add(row);
    this.#failures.add(row);
    // A job that breaks its own law may do so in other words each time, such as the values of a counter: that is not ours.
    if (row.digestAgain !== undefined && row.digest !== row.digestAgain && !isFaultOfJob(row)) this.#different.add(row);
    if (row.difference !== undefined) this.#unequal.add(row);
    if (isSlower(row, this.#slowest)) this.#slowest = row;
  }

  get runs(): number {
    return this.#runs;
  }

  summary(catalogue: readonly MarkInfo[], laws: readonly LawInfo[]): Summary {
    const refused = this.#verdicts.of('refused');
    return {
      runs: this.#runs,
      passed: this.#verdicts.of('pass'),
      refused,
      failed: this.#verdicts.of('fail'),
      inconclusive: this.#verdicts.of('inconclusive'),
      tooManyRefused: refused > this.#runs * REFUSED_SHARE_MAX,
      scenarios: this.#scenarios.byName().map(([id, runs]) => ({ id, runs })),
      vacuous: this.#unread.vacuous(),
      incidents: this.#incidents.byName().map(([kind, count]) => ({ kind, count })),
      events: this.#events,
      slowest: this.#slowest,
      ...this.#plans.figures(catalogue),
      laws: this.#laws.figures(laws),
      unjudged: this.#unjudged.figures(),
      ...this.#digests.figures(),
      differentRuns: this.#different.count,
      different: this.#different.first(),
      unequalRuns: this.#unequal.count,
      unequal: this.#unequal.first(),
      failures: this.#failures.groups(),
      reasons: this.#failures.reasons(),
    };
  }
}

function isFaultOfJob({ violations }: RunRow): boolean {
  return violations.some(({ law }) => law === job.name);
}

function isSlower(row: RunRow, slowest: RunRow | undefined): boolean {
  if (slowest === undefined) return true;
  const more = row.counters.events - slowest.counters.events;
  return more > 0 || (more === 0 && row.run < slowest.run);
}

// ---- runs without a record

/** A plan may have no record by chance; of so many runs none has one only if the input makes none. */
const UNREAD_RUNS_MIN = 8;

class UnreadTally {
  readonly #runs = new Counts<string>();
  /** By scenario. */
  readonly #unread = new Map<string, { runs: number; readonly topics: readonly string[] }>();

  add({ scenario, unread: topics }: RunRow): void {
    this.#runs.add(scenario);
    if (topics === undefined) return;
    const of = this.#unread.get(scenario) ?? { runs: 0, topics };
    of.runs += 1;
    this.#unread.set(scenario, of);
  }

  vacuous(): Summary['vacuous'] {
    const unread = [...this.#unread].map(([id, { runs, topics }]) => ({ id, runs, topics }));
    const all = unread.reduce((sum, { runs }) => sum + runs, 0);
    return unread
      .filter(({ id, runs }) => runs === this.#runs.of(id) && (runs >= UNREAD_RUNS_MIN || all === this.#runs.total))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

// ---- figures of plans

class PlanTally {
  readonly #marks = new Counts<string>();
  /** Runs by the traits of their jobs: which marks they can reach at all. */
  readonly #traits = new Map<string, { readonly traits: readonly JobTrait[]; runs: number }>();
  readonly #disciplines = new Counts<string>();
  readonly #parallelisms = new Counts<string>();
  readonly #topologies = new Counts<string>();
  readonly #records = new Counts<number>();
  readonly #checkpoints = new Counts<number>();
  readonly #restores = new Counts<number>();
  readonly #inFlightBytes = new Counts<number>();
  #overtakingWithData = 0;
  #restored = 0;

  add({ marks, mix, counters }: RunRow): void {
    for (const mark of marks) this.#marks.add(mark);
    const key = mix.traits.join();
    const of = this.#traits.get(key) ?? { traits: mix.traits, runs: 0 };
    of.runs += 1;
    this.#traits.set(key, of);
    this.#disciplines.add(mix.discipline);
    this.#parallelisms.add(String(mix.parallelism));
    this.#topologies.add(mix.topology);
    this.#records.add(counters.sourceRecords);
    this.#checkpoints.add(counters.checkpointsCompleted);
    this.#restores.add(counters.restores);
    if (counters.restores > 0) this.#restored += 1;
    if (mix.discipline !== 'unaligned' && mix.discipline !== 'timeout') return;
    this.#inFlightBytes.add(counters.inFlightBytes);
    if (counters.inFlightRecords > 0) this.#overtakingWithData += 1;
  }

  figures(catalogue: readonly MarkInfo[]) {
    return {
      marks: catalogue.map((mark) => this.#markCount(mark)),
      records: distributionOf(this.#records),
      checkpoints: distributionOf(this.#checkpoints),
      restores: distributionOf(this.#restores),
      inFlightBytes: distributionOf(this.#inFlightBytes),
      disciplines: shares(this.#disciplines),
      parallelisms: shares(this.#parallelisms),
      topologies: shares(this.#topologies),
      overtaking: this.#inFlightBytes.total,
      overtakingWithData: this.#overtakingWithData,
      restored: this.#restored,
    };
  }

  #markCount({ name, rarity, needs = [], optional = false }: MarkInfo): MarkCount {
    const reached = this.#marks.of(name);
    let able = 0;
    for (const { traits, runs } of this.#traits.values()) {
      if (needs.every((trait) => traits.includes(trait))) able += runs;
    }
    return { name, rarity, needs, reached, able, missing: !optional && reached === 0 && able >= 10 * rarity };
  }
}

function shares(counts: Counts<string>): readonly Share[] {
  return counts.byName().map(([name, runs]) => ({ name, runs }));
}

/** Nearest rank. */
function distributionOf(counts: Counts<number>): Distribution {
  const sorted = counts.byName();
  const at = (share: number): number => {
    let left = Math.max(1, Math.ceil(counts.total * share));
    for (const [value, times] of sorted) {
      left -= times;
      if (left <= 0) return value;
    }
    return 0;
  };
  return { p10: at(0.1), median: at(0.5), p90: at(0.9), max: at(1) };
}

// ---- laws

class LawTally {
  readonly #compared = new Counts<string>();
  #runs = 0;
  #inBatch = 0;

  /** A law that is broken has compared something, also if that was seen from outside of the run. */
  add({ laws, violations, mix }: RunRow): void {
    this.#runs += 1;
    if (mix.batch === true) this.#inBatch += 1;
    for (const law of new Set([...laws, ...violations.map((violation) => violation.law)])) this.#compared.add(law);
  }

  figures(laws: readonly LawInfo[]): readonly LawCount[] {
    return laws
      .map(({ name, compares, notInBatch }): LawCount => {
        const runs = this.#compared.of(name);
        if (runs > 0) return { name, runs };
        const isBatch = this.#runs > 0 && this.#inBatch === this.#runs;
        return { name, runs, nothing: isBatch ? (notInBatch ?? compares) : compares };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

class UnjudgedTally {
  readonly #runs = new Map<string, Unjudged & { runs: number }>();

  add({ unjudged = [] }: RunRow): void {
    for (const { oracle, why } of unjudged) {
      const key = `${oracle} ${why}`;
      const known = this.#runs.get(key);
      if (known === undefined) this.#runs.set(key, { oracle, why, runs: 1 });
      else known.runs += 1;
    }
  }

  figures(): Summary['unjudged'] {
    const name = ({ oracle, why }: Unjudged): string => `${oracle} ${why}`;
    return [...this.#runs.values()].sort((a, b) => b.runs - a.runs || (name(a) < name(b) ? -1 : 1));
  }
}

// ---- digests

class DigestTally {
  readonly #distinct = new DigestSet();
  #a = 0;
  #b = 0;
  #repeated = 0;
  #repeatedElsewhere = 0;
  #compared = 0;

  add({ run, digest, digestAgain, againElsewhere, compared }: RunRow): void {
    this.#distinct.add(digest);
    const of = hashText(`${run} ${digest}`, 0x73756d6d);
    // A sum, which does not mind the order.
    this.#a = (this.#a + of) | 0;
    this.#b = (this.#b + avalanche(of ^ 0x5bd1e995)) | 0;
    if (digestAgain !== undefined) this.#repeated += 1;
    if (againElsewhere === true) this.#repeatedElsewhere += 1;
    if (compared > 0) this.#compared += 1;
  }

  figures() {
    return {
      distinctDigests: this.#distinct.size,
      digest: [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join(''),
      repeated: this.#repeated,
      repeatedElsewhere: this.#repeatedElsewhere,
      compared: this.#compared,
    };
  }
}

// ---- failures

interface Group {
  readonly signature: string;
  violation: Violation;
  first: RunRow;
  runs: number;
}

class FailureTally {
  /** By the signature of a run's first violation, the worst one. */
  readonly #groups = new Map<string, Group>();
  /** Which signatures a run has shown together: each such set once. */
  readonly #sets = new Map<string, readonly string[]>();
  readonly #reasons = new Map<string, { readonly reason: string; count: number; first: RunRow }>();

  add(row: RunRow): void {
    const { verdict, violations, reason } = row;
    if (verdict === 'fail') this.#addFailure(row, violations);
    else if (verdict !== 'pass') this.#addReason(row, `${verdict}: ${reason ?? 'no reason given'}`);
  }

  groups(): readonly FailureGroup[] {
    const sets = [...this.#sets.values()];
    const shownIn = (signature: string): string => sets.map((set) => (set.includes(signature) ? '1' : '0')).join('');
    const groups = [...this.#groups.values()].sort(
      (a, b) => a.first.run - b.first.run || (a.signature < b.signature ? -1 : 1),
    );
    const folded = new Set<string>();
    return groups.flatMap((group) => {
      if (folded.has(group.signature)) return [];
      const all = [...new Set(sets.filter((set) => set.includes(group.signature)).flat())].sort();
      const together = all.filter((one) => one !== group.signature && shownIn(one) === shownIn(group.signature));
      // The same cause may show its worst side as one or as the other.
      const others = together.flatMap((one) => this.#groups.get(one) ?? []);
      for (const one of together) folded.add(one);
      const runs = others.reduce((sum, other) => sum + other.runs, group.runs);
      return [{ ...group, runs, together }];
    });
  }

  reasons(): Summary['reasons'] {
    return [...this.#reasons.values()].sort((a, b) => b.count - a.count || a.first.run - b.first.run);
  }

  #addFailure(row: RunRow, violations: readonly Violation[]): void {
    const [violation] = violations;
    if (violation === undefined) return;
    const signatures = [...new Set(violations.map(signatureOf))].sort();
    const key = JSON.stringify(signatures);
    if (this.#sets.size < KINDS_MAX) this.#sets.set(key, signatures);
    const signature = signatureOf(violation);
    const group = this.#groups.get(signature);
    if (group === undefined) {
      this.#groups.set(signature, { signature, violation, first: row, runs: 1 });
      return;
    }
    group.runs += 1;
    if (row.run < group.first.run) Object.assign(group, { violation, first: row });
  }

  #addReason(row: RunRow, reason: string): void {
    const known = this.#reasons.get(reason);
    if (known === undefined) {
      if (this.#reasons.size < KINDS_MAX) this.#reasons.set(reason, { reason, count: 1, first: row });
      return;
    }
    known.count += 1;
    if (row.run < known.first.run) known.first = row;
  }
}

/** How many, and the first of them by their numbers. */
class Examples {
  #rows: RunRow[] = [];
  count = 0;

  add(row: RunRow): void {
    this.count += 1;
    this.#rows.push(row);
    if (this.#rows.length > 2 * EXAMPLES_MAX) this.#rows = [...this.first()];
  }

  first(): readonly RunRow[] {
    return [...this.#rows].sort((a, b) => a.run - b.run).slice(0, EXAMPLES_MAX);
  }
}

class Counts<K extends string | number> {
  readonly #counts = new Map<K, number>();
  total = 0;

  add(key: K, times = 1): void {
    this.total += times;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
  }

  of(key: K): number {
    return this.#counts.get(key) ?? 0;
  }

  byName(): readonly (readonly [K, number])[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }
}
