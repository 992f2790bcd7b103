/**
 * Broadcast state: each subtask's copy is what the model makes of the broadcast elements, and all copies are equal.
 *
 * Verified at each completed checkpoint and savepoint, from the image's bytes: every subtask that has not finished left a copy, and no
 * vertex without broadcast state did; the copy holds what the model of this subtask holds at the cut; all copies of a
 * vertex are equal. The last needs aligned barriers on all broadcast edges, so that it is asked of exactly-once
 * checkpoints only, and not behind a restore from one that was not: copies that were ahead of their sources there stay so until the
 * sources have caught up; of a process function alone only if each of its inputs is broadcast (elsewhere its subtasks see different
 * elements); and a function that makes the same of the elements for any order of two senders' elements:
 * the job's duty, since a restore at another parallelism hands any copy to any subtask.
 * Not verified: what elements read of the state (law `re-execution`: the model reads its own copy).
 */
import type { CheckpointImage } from '../../core/checkpoint/storage/reader.ts';
import { sameValue } from '../model/equal.ts';
import type { CompletedCheckpoint } from '../witness/checkpoints.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, NO_CHECKPOINTS, type Report } from './define.ts';
import { type Evidence, note } from './evidence.ts';

const ANOMALIES = ['missing', 'stray', 'content', 'unequal'] as const;
type Anomaly = (typeof ANOMALIES)[number];
type Content = NonNullable<CheckpointImage['vertices'][number]['subtasks'][number]['broadcast']>;

export const broadcastState = defineLaw({
  name: 'broadcast-state',
  states: 'In every completed checkpoint the broadcast state is that of the model, and equal on all subtasks.',
  compares: 'broadcast state in checkpoints',
  anomalies: ANOMALIES,
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    /** Checkpoints that have passed a task without blocking its channels, or a task of an attempt that began from such a one. */
    const atLeastOnce = new Set<number>();
    let beganFromOne = false;
    return {
      attemptStarting: ({ restoredFrom = 0 }) => {
        beganFromOne = atLeastOnce.has(restoredFrom);
        // The others' numbers are used again.
        for (const checkpoint of atLeastOnce) if (checkpoint > restoredFrom) atLeastOnce.delete(checkpoint);
      },
      barrierSent(_task, { checkpoint, edges }) {
        const passes = edges.some(({ alignment }) => alignment === 'at-least-once');
        if (passes || beganFromOne) atLeastOnce.add(checkpoint);
      },
      imaged(completed) {
        judgeImage(witness, report, compared, completed, !atLeastOnce.has(completed.listed.checkpoint));
      },
    };
  },
});

function judgeImage(
  witness: Witness,
  report: Report<Anomaly>,
  compared: Compared,
  { image, cut, missing }: CompletedCheckpoint,
  exactlyOnce: boolean,
): void {
  if ('undecodable' in image || cut === undefined || missing.length > 0) return;
  for (const { uid, subtasks } of image.vertices) {
    const expected = cut.vertices.get(uid)?.broadcast ?? [];
    const model = witness.vertices.get(uid)?.model;
    const hasBroadcast = model?.broadcast !== undefined;
    const alone = isAlone(witness, uid);
    const seesAll = !alone || (model?.inEdges ?? []).every((edge) => isBroadcast(witness, edge));
    let first: { readonly subtask: number; readonly broadcast: Content } | undefined;
    for (const [subtask, { broadcast, finished }] of subtasks.entries()) {
      const name = `${uid}[${subtask}]`;
      if (broadcast === null) {
        // One that no stream is broadcast to may have none.
        const has = alone ? (expected[subtask]?.broadcast?.content() ?? []).length > 0 : hasBroadcast;
        if (has && !finished)
          report('missing', uid, `checkpoint ${image.checkpoint} holds no broadcast state of ${name}`, []);
        continue;
      }
      if (!hasBroadcast) {
        report('stray', uid, `checkpoint ${image.checkpoint} holds broadcast state of ${name}, which has none`, [
          note.value('actual', broadcast),
        ]);
        continue;
      }
      const instance = expected[subtask];
      const due = instance?.diverged === true ? undefined : (instance?.broadcast?.content() ?? []);
      // Of most subtasks there is nothing, in the bytes and in the model.
      if (broadcast.length > 0 || (due !== undefined && due.length > 0)) compared();
      const difference = due === undefined ? undefined : differenceOf(broadcast, due);
      if (difference !== undefined) {
        report(
          'content',
          uid,
          `checkpoint ${image.checkpoint} holds another broadcast state of ${name} than the model at the cut`,
          difference,
        );
      }
      first ??= { subtask, broadcast };
      const unequal = exactlyOnce && seesAll ? differenceOf(broadcast, first.broadcast) : undefined;
      if (unequal === undefined) continue;
      report(
        'unequal',
        uid,
        `checkpoint ${image.checkpoint} holds different broadcast states of ${uid}[${first.subtask}] (expected) and ${name} (actual)`,
        unequal,
      );
    }
  }
}

/** An operator with state and without key that no stream is broadcast to. */
function isAlone({ model }: Witness, uid: string): boolean {
  return model.job.nodes.some(
    (node) => node.uid === uid && (node.operator.kind === 'plainProcess' || node.operator.kind === 'asyncWait'),
  );
}

function isBroadcast({ model }: Witness, edge: number): boolean {
  return model.job.edges[edge]?.partition.kind === 'broadcast';
}

/** The first state that differs; undefined if none does. Both sides list no empty state, and entries by their keys' bytes. */
function differenceOf(actual: Content, expected: Content): Evidence | undefined {
  for (const name of new Set([...expected, ...actual].map(({ state }) => state))) {
    const entriesOf = (content: Content): unknown => content.find(({ state }) => state === name)?.entries ?? [];
    if (sameValue(entriesOf(actual), entriesOf(expected))) continue;
    return [
      note.text('state', name),
      note.value('expected', entriesOf(expected)),
      note.value('actual', entriesOf(actual)),
    ];
  }
  return undefined;
}
