/**
 * As many subtasks as were asked for.
 *
 * Verified: an attempt runs each operator with the parallelism that it declares; one that declares none with that of the deployment,
 * of the last rescale that the job manager has agreed to since it started (of the operator itself or of one that forward edges join to it,
 * else of the job), or, after the first failure, with `parallelismAfterRestart` (which means nothing in batch). What is asked for while an attempt is being
 * prepared may come with that attempt or the next. In reactive mode (SEMANTICS C8): with as many as slots were registered since the
 * attempt before ended, at most the key groups; and an attempt does not go on below what the slots allow for longer than the
 * stabilization time and the cooldown, unless it is to end by a savepoint. Not verified: that a task manager which tries to register comes to
 * be registered (mark `reactive-rescale-during-checkpoint`, unit tests).
 */
import type { Facts } from '../../core/facts.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { defaultMaxParallelism } from '../model/key-groups.ts';
import type { ScaleAsked, Scheduling } from '../world.ts';
import { defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';

const ANOMALIES = ['not-as-asked', 'not-as-declared', 'not-the-slots', 'slots-unused'] as const;
type Anomaly = (typeof ANOMALIES)[number];

/** How late a timer of a slow job manager may be, and what it hears. */
const LATE_MS = 1_000;

interface Scale {
  readonly parallelism: number;
  /** By uid. */
  readonly own: ReadonlyMap<string, number>;
}

/** What was asked for, in the default mode. */
class Asked {
  readonly #afterRestart: number;
  /** In force since the last attempt started, or failed: oldest first. */
  #scales: Scale[] = [];
  /** Nothing but a rescale changes the parallelism any more. */
  #settled = false;
  #failed = false;

  /** 0: there is none. */
  constructor(parallelismAfterRestart: number) {
    this.#afterRestart = parallelismAfterRestart;
  }

  asked(job: JobSpec, asked: ScaleAsked): void {
    if (asked.kind === 'stop') return;
    const { parallelism } = asked;
    if (asked.kind === 'started') {
      this.#scales = [{ parallelism, own: new Map() }];
      this.#settled = this.#failed = false;
    } else if (asked.uid === undefined) {
      // The first restart may be under way by then, with what it brings.
      const last = this.#scales.at(-1);
      if (this.#restarts && last !== undefined) this.#scales.push({ own: last.own, parallelism: this.#afterRestart });
      this.#scales.push({ parallelism, own: new Map() });
      this.#settled = true;
    } else {
      const own = new Map(this.#scales.at(-1)?.own);
      for (const uid of joined(job, asked.uid)) own.set(uid, parallelism);
      this.#scales.push({ parallelism: this.#scales.at(-1)?.parallelism ?? 0, own });
    }
  }

  /** `ended`: the job has ended with it, so there is no restart. */
  failed(ended: boolean): void {
    this.#failed = !ended;
    this.#scales = this.#scales.slice(-1);
  }

  /** What comes next is the first restart, and brings a parallelism of its own. */
  get #restarts(): boolean {
    return this.#failed && !this.#settled && this.#afterRestart > 0;
  }

  /** For each operator, what it may have. */
  starting(): (uid: string, declared: number | undefined) => ReadonlySet<number> {
    if (this.#restarts) this.#scales = this.#scales.map(({ own }) => ({ own, parallelism: this.#afterRestart }));
    this.#settled ||= this.#failed;
    this.#failed = false;
    const scales = this.#scales;
    this.#scales = scales.slice(-1);
    return (uid, declared) => new Set(scales.map(({ parallelism, own }) => own.get(uid) ?? declared ?? parallelism));
  }
}

/** Operators that forward edges join to it, whether in one chain or not. */
function joined(job: JobSpec, uid: string): readonly string[] {
  const found = new Set(job.nodes.filter((node) => node.uid === uid).map(({ id }) => id));
  // A set that grows is visited to its end.
  for (const one of found) {
    for (const { from, to, partition } of job.edges) {
      if (partition.kind !== 'forward') continue;
      if (from === one) found.add(to);
      if (to === one) found.add(from);
    }
  }
  return job.nodes.flatMap((node) => (found.has(node.id) ? [node.uid] : []));
}

/** The job, and the key groups of the state that an attempt of it restores. */
interface Graph {
  readonly job: JobSpec;
  readonly stored: (uid: string) => number | undefined;
}

/** The slots that there were, in reactive mode. */
class Slots {
  readonly #patienceMs: number;
  #now = 0;
  /** Since the last attempt ended. */
  #least = 0;
  /** What the attempt under way has, and since when there was room for more; undefined: there is none, or it is to end. */
  #running: number | undefined;
  #roomSinceUs: number | undefined;

  constructor({ resourceStabilizationMs, rescaleCooldownMs }: Scheduling) {
    this.#patienceMs = resourceStabilizationMs + rescaleCooldownMs + LATE_MS;
  }

  started(): void {
    this.#now = this.#least = 0;
    this.#running = undefined;
  }

  changed(graph: Graph, slots: number, nowUs: number): void {
    this.#least = this.#running === undefined ? Math.min(this.#least, slots) : slots;
    this.#now = slots;
    this.#look(graph, nowUs);
  }

  stopAsked(): void {
    this.#running = undefined;
  }

  /** What it may have. */
  starting(graph: Graph, parallelism: number, nowUs: number): { readonly least: number; readonly most: number } {
    const allowed = { least: possible(graph, this.#least), most: possible(graph, this.#now) };
    this.#running = parallelism;
    this.#roomSinceUs = undefined;
    this.#look(graph, nowUs);
    return allowed;
  }

  /** An attempt is under way. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** For how many milliseconds too long there was room for more; undefined: for no longer than it may be. */
  ended(nowUs: number): number | undefined {
    const forMs =
      this.#running === undefined || this.#roomSinceUs === undefined ? 0 : (nowUs - this.#roomSinceUs) / 1000;
    this.#running = undefined;
    this.#least = this.#now;
    return forMs > this.#patienceMs ? Math.floor(forMs) : undefined;
  }

  #look(graph: Graph, nowUs: number): void {
    const room = this.#running !== undefined && possible(graph, this.#now) > this.#running;
    this.#roomSinceUs = room ? (this.#roomSinceUs ?? nowUs) : undefined;
  }
}

/** Of what declares no parallelism, on so many slots; 0: it cannot start yet. */
function possible({ job, stored }: Graph, slots: number): number {
  const free = job.nodes.filter(({ parallelism }) => parallelism === undefined);
  const most = free.map(({ uid, maxParallelism }) => maxParallelism ?? stored(uid) ?? defaultMaxParallelism(1));
  return Math.min(slots, ...most);
}

export const scale = defineLaw({
  name: 'scale',
  states: 'An attempt has as many subtasks as were declared and asked for; in reactive mode, as there are slots.',
  compares: 'the parallelism of attempts',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    const { world } = witness;
    const { scheduling } = world;
    const asked = new Asked(world.executionMode === 'batch' ? 0 : scheduling.parallelismAfterRestart);
    const reactive = scheduling.schedulerMode === 'reactive' ? new Slots(scheduling) : undefined;
    const job = (): JobSpec => world.jobs().at(-1) ?? world.job;
    const graph = (): Graph => ({ job: job(), stored: (uid) => witness.newest?.cut?.keyGroupsOf(uid) });
    world.onScaleAsked((what) => {
      if (what.kind === 'started') reactive?.started();
      if (what.kind === 'stop') reactive?.stopAsked();
      asked.asked(job(), what);
    });
    const ended = (): void => {
      const tooLongMs = reactive?.ended(world.nowUs());
      if (tooLongMs === undefined) return;
      const message = `there were slots for more subtasks for ${tooLongMs} ms, and the job went on with those that it had`;
      report('slots-unused', 'job', message, [note.value('cooldown in milliseconds', scheduling.rescaleCooldownMs)]);
    };
    return {
      slotsChanged({ slots }) {
        reactive?.changed(graph(), slots, world.nowUs());
      },
      // All its tasks have finished: the job is over but for what is still to be removed.
      sweepStarted() {
        if (reactive?.isRunning === true) ended();
      },
      attemptFailed() {
        asked.failed(false);
        ended();
      },
      jobEnded() {
        asked.failed(true);
        ended();
      },
      attemptStarting({ attempt, parallelism }) {
        const due = asked.starting();
        const free = new Map<string, number>();
        for (const [uid, subtasks] of parallelism) {
          const declared = job().nodes.find((node) => node.uid === uid)?.parallelism;
          if (declared === undefined) free.set(uid, subtasks);
          if (declared === undefined && reactive !== undefined) continue;
          compared();
          judgeOne(report, attempt, { uid, subtasks, declared }, due(uid, declared));
        }
        const [running] = free.values();
        if (reactive === undefined || running === undefined) return;
        const { least, most } = reactive.starting(graph(), running, world.nowUs());
        for (const [uid, subtasks] of free) {
          compared();
          if (subtasks >= least && subtasks <= most) continue;
          const message = `attempt ${attempt} has ${subtasks} subtasks of ${uid}, and the slots allow ${most}`;
          report('not-the-slots', uid, message, [note.value('least since the attempt before', least)]);
        }
      },
    };
  },
});

/** An operator that declares a parallelism has it, unless it was rescaled on its own. */
function judgeOne(
  report: Report<Anomaly>,
  attempt: Facts['attemptStarting']['attempt'],
  {
    uid,
    subtasks,
    declared,
  }: { readonly uid: string; readonly subtasks: number; readonly declared: number | undefined },
  allowed: ReadonlySet<number>,
): void {
  if (allowed.has(subtasks)) return;
  const anomaly = declared === undefined ? 'not-as-asked' : 'not-as-declared';
  report(anomaly, uid, `attempt ${attempt} has ${subtasks} subtasks of ${uid}`, [
    note.text(declared === undefined ? 'asked for' : 'declared', [...allowed].join(' or ')),
  ]);
}
