/**
 * Splits are conserved between the enumerator and its readers.
 *
 * Verified in each image, of savepoints too: the splits that the enumerator holds unassigned, those that the readers hold
 * and those that finished readers had are together all partitions of the topic, each once (none at all, before the
 * enumerator has found the partitions). So a split that is assigned between the enumerator's part of the cut and its
 * reader's is in one of the two. That a finished reader had read its splits to the end is law `sources`.
 * In each attempt: a split is given to one reader once, and the reader goes on at the offset that the split's effective
 * history has reached.
 * Not verified: which reader gets which split (any is legal); partitions that appear while the job runs.
 */
import type { CheckpointImage } from '../../core/checkpoint/storage/reader.ts';
import { defineLaw, NO_CHECKPOINTS, type Report } from './define.ts';
import { note } from './evidence.ts';
import { headOf } from './heads.ts';

export const splits = defineLaw({
  name: 'splits',
  states: 'In every checkpoint unassigned plus assigned splits are all splits, each once.',
  anomalies: ['missing', 'twice', 'assigned-twice', 'resumed-elsewhere'],
  notInBatch: NO_CHECKPOINTS,
  judge: (witness, report) => ({
    splitAdded(task, fact) {
      const { vertex } = task;
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
        judgeHeld(report, image, vertex.uid, {
          topic: head.source.input,
          partitions: witness.world.input[head.source.input]?.length ?? 0,
          done,
        });
      }
    },
  }),
});

interface Partitions {
  readonly topic: string;
  readonly partitions: number;
  /** Splits that finished subtasks had. */
  readonly done: ReadonlySet<string> | undefined;
}

function judgeHeld(
  report: Report<'missing' | 'twice'>,
  image: CheckpointImage,
  uid: string,
  { topic, partitions, done }: Partitions,
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
    const split = `${topic}-${partition}`;
    if (held.includes(split) || done?.has(split) === true) continue;
    report('missing', uid, `checkpoint ${image.checkpoint} holds ${split} neither unassigned nor at a reader`, [
      note.values('held', held),
    ]);
  }
}
