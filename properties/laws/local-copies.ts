/**
 * Local recovery: a copy of state on a host's disk is as good as the object in the store, and one that is durable is used (SEMANTICS
 * U8).
 *
 * Verified: what a task takes for an object is, byte for byte, what the object store has under that name. A copy of which a task has
 * stated that it and its manifest are durable is found by the task that restores that checkpoint next in the same process's place, with
 * as many subtasks, and by the one after that if no checkpoint is complete in between: no kill and no power loss takes it. It need not be found, or be whole, once the disk of that host has damaged something or could not
 * read it, which the services say: bits that have rotted, a write in the wrong place, a read that failed.
 * Not verified: that a copy is made at all; a copy that attempts in between, which did not open the task there, may have given up; that copies go in the end (law `host-files`).
 */
import { compareBytes } from '../../core/values/bytes.ts';
import type { DiskFault } from '../../sim/services/disk.ts';
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw, NO_CHECKPOINTS } from './define.ts';
import { note } from './evidence.ts';

/** What excuses that a copy is not found, or not whole. A sync that fails does not: what it gives up is no copy. */
const DAMAGING: ReadonlySet<DiskFault> = new Set(['read-error', 'bit-rot', 'misdirected']);

interface Kept {
  readonly checkpoint: number;
  /** The newest in which it was there. */
  attempt: number;
  readonly parallelism: number;
  readonly objects: ReadonlySet<string>;
}

export const localCopies = defineLaw({
  name: 'local-copies',
  states: 'A task restores from a copy on its host what the object store has, and finds each copy that was durable.',
  compares: 'copies that a restore reads on its host',
  anomalies: ['other-bytes', 'missed', 'lost'],
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    const { world } = witness;
    /** By process and task: of each checkpoint. */
    const kept = new Map<string, Map<number, Kept>>();
    /** Hosts. */
    const damaged = new Set<string>();
    world.onDiskFault((what, host) => {
      if (DAMAGING.has(what)) damaged.add(host);
    });
    const isDamaged = (): boolean => damaged.has(world.hostOf(world.currentProcess() ?? '') ?? '');
    const placeOf = (task: TaskRecord): string => `${world.currentProcess() ?? ''} ${task.name}`;
    const keptOf = (task: TaskRecord): Kept | undefined => {
      const { attempt } = witness;
      const found = kept.get(placeOf(task))?.get(attempt?.restoredFrom ?? 0);
      // What attempts in between have given up is not known.
      const isNext = found !== undefined && found.attempt + 1 === task.id.attempt;
      return isNext && found.parallelism === task.vertex.parallelism ? found : undefined;
    };
    return {
      localCopyKept(task, { checkpoint, objects }) {
        const place = placeOf(task);
        const ofTask = kept.get(place) ?? new Map<number, Kept>();
        kept.set(place, ofTask);
        const { parallelism } = task.vertex;
        ofTask.set(checkpoint, { checkpoint, attempt: task.id.attempt, parallelism, objects: new Set(objects) });
      },
      // Another job has a directory of its own.
      forked() {
        kept.clear();
      },
      taskOpened(task) {
        // Until a checkpoint of this attempt is complete the next one needs what this one has found.
        const found = keptOf(task);
        if (found !== undefined) found.attempt = task.id.attempt;
      },
      localCopyRead(task, { object, outcome, bytes }) {
        const evidence = [
          note.text('object', object),
          note.text('task', `${task.name} attempt ${task.id.attempt}`),
          note.text('process', world.currentProcess() ?? ''),
        ];
        const found = keptOf(task);
        if (bytes !== undefined) {
          compared();
          const stored = world.object(object);
          if (stored !== undefined && compareBytes(stored, bytes) === 0) return;
          const what =
            stored === undefined ? 'of an object that the store does not have' : 'that is not the object in the store';
          report('other-bytes', task.vertex.uid, `${task.name} restores from a copy ${what}`, evidence);
          return;
        }
        if (isDamaged() || found?.objects.has(object) !== true) return;
        const durable = `${task.name} had a durable copy of an object of checkpoint ${found.checkpoint} on its host`;
        if (outcome === 'none') report('missed', task.vertex.uid, `${durable}, and does not find it`, evidence);
        else
          report(
            'lost',
            task.vertex.uid,
            `${durable}, and it is ${outcome}, though no disk has damaged anything`,
            evidence,
          );
      },
    };
  },
});
