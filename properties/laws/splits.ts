/**
 * Splits are conserved between the enumerator and its readers.
 *
 * Verified in each image, of savepoints too: the splits that the enumerator holds unassigned, those that the readers hold
 * and those that finished readers had are together all partitions of the topic, each once (none at all, before the
 * enumerator has found the partitions). Of a partition that was added while the job ran it is required once it has been
 * assigned before the trigger, or had been read before, and none may be held before it is there.
 * So a split that is assigned between the enumerator's part of the cut and its
 * reader's is in one of the two. That a finished reader had read its splits to the end is law `sources`.
 * In each attempt: a split is given to one reader once, and the reader goes on at the offset that the split's effective
 * history has reached.
 * Not verified: which reader gets which split (any is legal); how soon an added partition is found (that it is found at
 * all, the end of a run waits for: `run/rest.ts`).
 */
import type { CheckpointImage } from '../../core/checkpoint/storage/reader.ts';
import type { WitnessListener } from '../witness/listener.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, NO_CHECKPOINTS, type Report } from './define.ts';
import { note } from './evidence.ts';
import { headOf } from './heads.ts';

const ANOMALIES = ['missing', 'twice', 'premature', 'assigned-twice', 'resumed-elsewhere'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const splits = defineLaw({
  name: 'splits',
  states: 'In every checkpoint unassigned plus assigned splits are all splits, each once.',
  compares: 'splits at readers and in checkpoints',
  anomalies: ANOMALIES,
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    const found = new Found(witness);
    return listener(witness, report, compared, found);
  },
});

function listener(witness: Witness, report: Report<Anomaly>, compared: Compared, found: Found): WitnessListener {
  return {
    attemptStarting: () => {
      found.restart();
    },
    splitAssigned: ({ source, split }) => {
      found.assigned(source, split);
    },
    checkpointTriggered: ({ checkpoint }) => {
      found.triggered(checkpoint);
    },
    splitAdded(task, fact) {
      const { vertex } = task;
      compared();
      for (const other of witness.attempt?.tasks() ?? []) {
        if (other.vertex !== vertex || !other.splits.includes(fact.split)) continue;
        report(
          'assigned-twice',
          vertex.uid,
          `${fact.split} was given to ${other.name} and to ${task.name} in one attempt`,
          [],
        );
      }
      const reached = vertex.splits.get(fact.split)?.offset ?? vertex.startPosition;
      if (fact.offset === reached) return;
      report(
        'resumed-elsewhere',
        vertex.uid,
        `${task.name} goes on with ${fact.split} at offset ${fact.offset}; its history has reached ${reached}`,
        [
          note.text('split', fact.split),
          note.value('expected offset', reached),
          note.value('actual offset', fact.offset),
        ],
      );
    },
    imaged({ image, cut, missing }) {
      if ('undecodable' in image) return;
      for (const vertex of witness.vertices.values()) {
        const head = headOf(witness, vertex);
        if (head?.kind !== 'source') continue;
        // Without a cut it is unknown which splits had been read to their end.
        const done = missing.length > 0 ? undefined : cut?.vertices.get(vertex.uid)?.doneSplits;
        const topic = head.source.input;
        judgeHeld(report, compared, image, vertex.uid, {
          topic,
          partitions: witness.world.input[topic]?.length ?? 0,
          fromTheStart: witness.world.partitionsAt(topic, 0),
          now: witness.world.partitionsAt(topic, witness.world.nowUs()),
          found: found.before(image.checkpoint, vertex.uid),
          done,
        });
      }
    },
  };
}

/** The splits of sources that look for new ones which some reader has been given, by source. */
class Found {
  readonly #witness: Witness;
  readonly #assigned = new Map<string, Set<string>>();
  /** What had been assigned when a checkpoint was triggered. */
  readonly #before = new Map<number, ReadonlyMap<string, ReadonlySet<string>>>();

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  restart(): void {
    this.#assigned.clear();
  }

  assigned(source: string, split: string): void {
    const vertex = this.#witness.vertices.get(source);
    const head = vertex === undefined ? undefined : headOf(this.#witness, vertex);
    if (vertex === undefined || head?.kind !== 'source' || head.source.discoveryIntervalMs === undefined) return;
    // What the restored checkpoint knows is not assigned again.
    const known = this.#assigned.get(source) ?? new Set();
    known.add(split);
    this.#assigned.set(source, known);
  }

  triggered(checkpoint: number): void {
    const before = new Map<string, ReadonlySet<string>>();
    for (const [uid, { splits: read }] of this.#witness.vertices) {
      const known = this.#assigned.get(uid);
      if (known !== undefined || read.size > 0) before.set(uid, new Set([...read.keys(), ...(known ?? [])]));
    }
    this.#before.set(checkpoint, before);
  }

  before(checkpoint: number, source: string): ReadonlySet<string> {
    return this.#before.get(checkpoint)?.get(source) ?? NONE;
  }
}

const NONE: ReadonlySet<string> = new Set();

interface Partitions {
  readonly topic: string;
  readonly partitions: number;
  /** How many of them were there when the job began, and are there now. */
  readonly fromTheStart: number;
  readonly now: number;
  /** Splits that a reader had been given when the checkpoint was triggered. */
  readonly found: ReadonlySet<string>;
  /** Splits that finished subtasks had. */
  readonly done: ReadonlySet<string> | undefined;
}

function judgeHeld(
  report: Report<Anomaly>,
  compared: Compared,
  image: CheckpointImage,
  uid: string,
  { topic, partitions, fromTheStart, now, found, done }: Partitions,
): void {
  const enumerator = image.enumerators.find(({ source }) => source === uid);
  const readers = image.vertices.find((vertex) => vertex.uid === uid)?.subtasks ?? [];
  const held = [
    ...(enumerator?.unassigned ?? []),
    ...readers.flatMap((reader) => reader.splits.map(({ split }) => split)),
  ];
  const twice = held.find((split, i) => held.indexOf(split) !== i) ?? held.find((split) => done?.has(split));
  if (twice !== undefined) {
    report('twice', uid, `checkpoint ${image.checkpoint} holds ${twice} twice`, [
      note.values('held', held),
      note.text('read to the end by finished subtasks', [...(done ?? [])].join(', ')),
    ]);
  }
  if (enumerator !== undefined && enumerator.unassigned === null && held.length === 0) return;
  for (let partition = 0; partition < partitions; partition++) {
    compared();
    const split = `${topic}-${partition}`;
    if (held.includes(split) || done?.has(split) === true) {
      if (partition >= now)
        report('premature', uid, `checkpoint ${image.checkpoint} holds ${split}, which is not there yet`, [
          note.values('held', held),
        ]);
      continue;
    }
    if (partition >= fromTheStart && !found.has(split)) continue;
    report('missing', uid, `checkpoint ${image.checkpoint} holds ${split} neither unassigned nor at a reader`, [
      note.values('held', held),
    ]);
  }
}
