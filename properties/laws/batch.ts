/**
 * Batch: stages, what they read, and keys one after the other (SEMANTICS E3).
 *
 *     HA store: finished stages, each with an attempt -----> a stage starts, reads and finishes -----> all finished: committing
 *
 * Verified: a stage is started only when the HA store names every stage before it as finished, it names one only when all its subtasks
 * have finished, and none that it names runs again; records come from the attempts that it names; a task that finishes has read every partition as a whole, each record
 * once; no finished stage rests on a result that does not count any more (of an attempt that was run again); the input of a
 * keyed operator comes sorted by (key bytes, timestamp, edge, sender, position), a key is ended before the next one begins, the
 * last one before the task finishes, and then no timer of it is left; of the results that are there as output is committed none is left
 * at the end of the job. Ground truth is the HA store; the order is worked out from the job's key functions.
 * Not verified: what a key's turns do (law `re-execution`); that what was sent is what is read (law `conservation`); results
 * that come later, of a request that was under way as its task died; how much memory a sort takes.
 */
import { resultsPrefix } from '../../core/batch/results.ts';
import { MIN_TIMESTAMP } from '../../core/job/functions.ts';
import { compareBytes, toBytes } from '../../core/values/serializers.ts';
import { batchEntryIn } from '../witness/batch.ts';
import type { ChannelRecord } from '../witness/channel.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, edgeName, type Report } from './define.ts';
import { note } from './evidence.ts';

const ANOMALIES = [
  'read-unfinished',
  'finished-early',
  'ran-again',
  'read-partly',
  'stale',
  'unsorted',
  'key-not-ended',
  'timer-left',
  'left',
] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const batch = defineLaw({
  name: 'batch',
  states: 'In batch a stage reads whole results of finished stages, and a keyed one key after key, in order.',
  compares: 'stages, results and keys in batch',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    if (witness.world.executionMode !== 'batch') return {};
    const stages = new Stages(witness, report, compared);
    const keys = new Keys(witness, report, compared);
    const { world, model } = witness;
    const resultsThere = (): readonly string[] => world.objects(resultsPrefix(model.job.name));
    let results: readonly string[] = [];
    return {
      attemptStarting: (fact) => {
        if (fact.stage !== undefined) {
          const { vertex, finished } = fact.stage;
          stages.start(fact.attempt, vertex, finished, fact.parallelism.get(vertex) ?? 0);
        }
        keys.restart();
      },
      recordProcessed: (task, channel, fact) => {
        stages.read(task, channel);
        keys.record(task, channel, fact);
      },
      keyEnded: (task) => {
        keys.ended(task);
      },
      keyCleared: (task, { key, keyGroup }) => {
        keys.cleared(task, key, keyGroup);
      },
      taskFinished: (task) => {
        stages.taskFinished(task);
        keys.finished(task);
      },
      stageFinished: () => {
        stages.whole();
      },
      batchCommitting: () => {
        stages.fresh();
        results = resultsThere();
      },
      settled: () => {
        const left = new Set(resultsThere());
        for (const name of results) {
          compared();
          if (left.has(name))
            report('left', 'object', 'the job has ended, and a result of a stage is left', [note.text('object', name)]);
        }
      },
    };
  },
});

class Stages {
  readonly #witness: Witness;
  readonly #report: Report<Anomaly>;
  readonly #compared: Compared;
  /** What each attempt has read, by stage: the attempt whose result it was. */
  readonly #readBy = new Map<number, ReadonlyMap<string, number>>();
  /** Per attempt, subtasks of its stage that have not finished. */
  readonly #unfinished = new Map<number, number>();
  readonly #received = new Map<ChannelRecord, number>();
  readonly #strangers = new Set<ChannelRecord>();

  constructor(witness: Witness, report: Report<Anomaly>, compared: Compared) {
    this.#witness = witness;
    this.#report = report;
    this.#compared = compared;
  }

  start(attempt: number, stage: string, finished: ReadonlyMap<string, number>, subtasks: number): void {
    this.#unfinished.set(attempt, subtasks);
    this.#received.clear();
    this.#strangers.clear();
    const { model } = this.#witness;
    const named = this.#named();
    const producers = new Map<string, number>();
    for (const edge of model.vertex(stage).inEdges) {
      const { uid } = model.sender(edge);
      const read = finished.get(uid);
      this.#compared();
      if (read !== undefined) producers.set(uid, read);
      if (read !== undefined && named.get(uid) === read) continue;
      this.#report('read-unfinished', edgeName(this.#witness, edge), `${stage} starts before ${uid} has finished`, [
        note.value('attempt', attempt),
        note.value('result of attempt', read),
        note.value('the HA store names attempt', named.get(uid)),
      ]);
    }
    this.whole();
    this.#readBy.set(attempt, producers);
    if (named.has(stage)) {
      this.#report('ran-again', stage, `${stage} runs again, though the HA store says that it has finished`, [
        note.value('attempt', attempt),
        note.value('finished in attempt', named.get(stage)),
      ]);
    }
    this.fresh();
  }

  read(task: TaskRecord, channel: ChannelRecord): void {
    this.#compared();
    this.#received.set(channel, (this.#received.get(channel) ?? 0) + 1);
    if (channel.attempt === this.#witness.attempt?.attemptOf(channel.edge) || this.#strangers.has(channel)) return;
    this.#strangers.add(channel);
    const place = edgeName(this.#witness, channel.edge);
    this.#report('read-unfinished', place, `${task.name} reads a result that is not that of a finished stage`, [
      note.channel('channel', channel),
      note.value('result of attempt', channel.attempt),
      note.value('finished in attempt', this.#witness.attempt?.attemptOf(channel.edge)),
    ]);
  }

  taskFinished(task: TaskRecord): void {
    const { number: attempt = 0 } = this.#witness.attempt ?? {};
    this.#unfinished.set(attempt, (this.#unfinished.get(attempt) ?? 0) - 1);
    for (const channel of task.inputs) {
      this.#compared();
      const received = this.#received.get(channel) ?? 0;
      if (received === channel.values.length) continue;
      const place = edgeName(this.#witness, channel.edge);
      this.#report('read-partly', place, `${task.name} has finished with another number of records than it was sent`, [
        note.channel('channel', channel),
        note.value('sent', channel.values.length),
        note.value('read', received),
      ]);
    }
  }

  /** What the HA store names as finished is. */
  whole(): void {
    for (const [stage, attempt] of this.#named()) {
      this.#compared();
      const unfinished = this.#unfinished.get(attempt) ?? 0;
      if (unfinished === 0) continue;
      this.#unfinished.delete(attempt);
      this.#report(
        'finished-early',
        stage,
        `the HA store names ${stage} as finished, and some of its subtasks still run`,
        [note.value('attempt', attempt), note.value('subtasks that have not finished', unfinished)],
      );
    }
  }

  /** What counts rests on what counts. */
  fresh(): void {
    const named = this.#named();
    for (const [stage, attempt] of named) {
      for (const [producer, read] of this.#readBy.get(attempt) ?? []) {
        if (named.get(producer) === read) continue;
        this.#report(
          'stale',
          stage,
          `${stage} counts as finished, and rests on a result of ${producer} that does not`,
          [
            note.value('finished in attempt', attempt),
            note.value('has read attempt', read),
            note.value('the HA store names attempt', named.get(producer)),
          ],
        );
      }
    }
  }

  /** Finished stages with their attempts, as the HA store has them now. */
  #named(): ReadonlyMap<string, number> {
    return new Map(batchEntryIn(this.#witness.world)?.finished.map((one) => [one.stage, one.attempt]));
  }
}

interface Place {
  readonly key: Uint8Array;
  readonly order: readonly number[];
}

/** Per task, in the order of its turns. */
class Keys {
  readonly #witness: Witness;
  readonly #report: Report<Anomaly>;
  readonly #compared: Compared;
  readonly #last = new Map<TaskRecord, Place>();
  /** Tasks with a key that has not ended. */
  readonly #open = new Set<TaskRecord>();

  constructor(witness: Witness, report: Report<Anomaly>, compared: Compared) {
    this.#witness = witness;
    this.#report = report;
    this.#compared = compared;
  }

  restart(): void {
    this.#last.clear();
    this.#open.clear();
  }

  record(
    task: TaskRecord,
    channel: ChannelRecord,
    {
      value,
      timestamp,
      seq,
    }: { readonly value: unknown; readonly timestamp: number | undefined; readonly seq: number },
  ): void {
    const partition = this.#witness.model.job.edges[channel.edge]?.partition;
    if (task.vertex.kind !== 'keyed' || partition?.kind !== 'hash') return;
    const key = toBytes(partition.keyType, partition.key(value));
    const next: Place = { key, order: [timestamp ?? MIN_TIMESTAMP, channel.edge, channel.sender, seq] };
    const last = this.#last.get(task);
    if (last !== undefined) this.#compared();
    this.#last.set(task, next);
    const evidence = [note.text('task', task.name), note.value('record', value), note.value('timestamp', timestamp)];
    if (last !== undefined && compare(last, next) >= 0) {
      this.#report('unsorted', task.vertex.uid, `${task.name} takes a record behind one that comes after it`, evidence);
    } else if (last !== undefined && compareBytes(last.key, key) !== 0 && this.#open.has(task)) {
      this.#report(
        'key-not-ended',
        task.vertex.uid,
        `${task.name} begins a key before the last one has ended`,
        evidence,
      );
    }
    this.#open.add(task);
  }

  ended(task: TaskRecord): void {
    this.#open.delete(task);
  }

  finished(task: TaskRecord): void {
    if (this.#open.has(task))
      this.#report('key-not-ended', task.vertex.uid, `${task.name} finishes before its last key has ended`, []);
  }

  /** Before the witness forgets it. */
  cleared(task: TaskRecord, key: unknown, keyGroup: number): void {
    const instance = task.vertex.groups[keyGroup];
    if (instance === undefined || instance.diverged) return;
    this.#compared();
    const left = instance.model?.nextEventTimer() ?? instance.model?.nextProcessingTimer();
    if (left === undefined) return;
    this.#report('timer-left', task.vertex.uid, `${task.name} has ended a key with a timer that has not fired`, [
      note.value('key', key),
      note.value('timer', left),
    ]);
  }
}

function compare(a: Place, b: Place): number {
  const byKey = compareBytes(a.key, b.key);
  if (byKey !== 0) return byKey;
  const at = a.order.findIndex((part, i) => part !== b.order[i]);
  return at < 0 ? 0 : (a.order[at] ?? 0) - (b.order[at] ?? 0);
}
