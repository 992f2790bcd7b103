/**
 * Splits are conserved between the enumerator and its readers.
 *
 * Verified in each completed checkpoint: the splits that the enumerator holds unassigned and those that the readers hold
 * are together all partitions of the topic, each once (none at all, before the enumerator has found the partitions); only
 * what a finished reader had read to its end may be missing. Savepoints are judged like checkpoints.
 * In each attempt: a split is given to one reader once, and the reader goes on at the offset that the split's effective
 * history has reached.
 * Not verified: which reader gets which split (any is legal); partitions that appear while the job runs.
 */
import { defineLaw } from './define.ts';

export const splits = defineLaw({
  name: 'splits',
  states: 'In every checkpoint unassigned plus assigned splits are all splits, each once.',
  anomalies: ['missing', 'twice', 'dealt-twice', 'resumed-elsewhere'],
  judge(witness, report) {
    /** Per checkpoint, the splits that it rightly leaves out; and those that the restored one left out. */
    const leftOut = new Map<number, ReadonlySet<string>>();
    let gone: ReadonlySet<string> = new Set();
    return {
      attemptStarting({ restoredFrom }) {
        gone = (restoredFrom === undefined ? undefined : leftOut.get(restoredFrom)) ?? new Set();
      },
      splitAdded(task, fact) {
        const { vertex } = task;
        for (const other of witness.attempt?.tasks() ?? []) {
          if (other.vertex !== vertex || !other.splits.includes(fact.split)) continue;
          report('dealt-twice', vertex.uid, `${fact.split} was given to ${other.name} and to ${task.name} in one attempt`, []);
        }
        const reached = vertex.splits.get(fact.split)?.offset ?? 0;
        if (fact.offset === reached) return;
        report('resumed-elsewhere', vertex.uid, `${task.name} goes on with ${fact.split} at offset ${fact.offset}; its history has reached ${reached}`, [
          ['split', fact.split],
          ['expected offset', String(reached)],
          ['actual offset', String(fact.offset)],
        ]);
      },
      imaged({ image, cut }) {
        if ('undecodable' in image) return;
        const absent = new Set<string>();
        for (const vertex of witness.vertices.values()) {
          const head = witness.model.job.nodes[vertex.model.nodes[0] ?? -1]?.operator;
          if (head?.kind !== 'source') continue;
          const { topic } = head.source;
          const enumerator = image.enumerators.find(({ source }) => source === vertex.uid);
          const readers = image.vertices.find(({ uid }) => uid === vertex.uid)?.subtasks ?? [];
          const held = [
            ...(enumerator?.unassigned ?? []),
            ...readers.flatMap((reader) => reader.splits.map(({ split }) => split)),
          ];
          const twice = held.find((split, i) => held.indexOf(split) !== i);
          if (twice !== undefined) {
            report('twice', vertex.uid, `checkpoint ${image.checkpoint} holds ${twice} twice`, [['held', held.join(', ')]]);
          }
          if (enumerator !== undefined && enumerator.discovered === null && held.length === 0) continue;
          const partitions = witness.world.input[topic]?.length ?? 0;
          // A reader that has finished leaves nothing: what it had was read to its end.
          const hasFinished = readers.some(({ finished }) => finished);
          const readToEnd = (split: string, partition: number): boolean =>
            (cut?.vertices.get(vertex.uid)?.splits.get(split)?.offset ?? 0) >= (witness.world.input[topic]?.[partition]?.length ?? 0);
          for (let partition = 0; partition < partitions; partition++) {
            const split = `${topic}-${partition}`;
            if (held.includes(split)) continue;
            if ((hasFinished || gone.has(split)) && readToEnd(split, partition)) {
              absent.add(split);
              continue;
            }
            report('missing', vertex.uid, `checkpoint ${image.checkpoint} holds ${split} neither unassigned nor at a reader`, [
              ['held', held.join(', ')],
            ]);
          }
        }
        leftOut.set(image.checkpoint, absent);
      },
    };
  },
});
