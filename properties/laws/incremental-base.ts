/**
 * The base of incremental checkpoints (SEMANTICS C5, R2): the newest checkpoint of whose completion the task has heard.
 *
 * Verified for every completed checkpoint and every task: a run that its base holds is named again, not written again. Which
 * objects a checkpoint names, and for which checkpoint each was written, its metadata and the names say.
 * Not verified: a snapshot while whose upload the task hears of another completion; the first checkpoints of an attempt, whose
 * base is the restored one; that what is named again is there and unchanged (law `reference-closure`) and is the state (law
 * `re-execution`).
 */
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw, NO_CHECKPOINTS } from './define.ts';
import { note } from './evidence.ts';

const WRITTEN = /-shared\/(\d+)\/(.+)-(\d+)-run-(\d+)$/;

interface NamedRun {
  readonly object: string;
  /** The checkpoint that it was written for. */
  readonly writtenFor: number;
  readonly vertex: string;
  readonly task: string;
  /** Within the task. */
  readonly run: string;
}

export const incrementalBase = defineLaw({
  name: 'incremental-base',
  states: 'A run that is in the newest checkpoint of whose completion a task has heard is not written again.',
  compares: 'runs of state in checkpoints whose base has any',
  anomalies: ['written-again'],
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    /** Of the newest attempt: what each completed checkpoint names, by task and run. */
    const completed = new Map<number, ReadonlySet<string>>();
    /** By name of the task. */
    const heard = new Map<string, number>();
    /** By task and checkpoint: the base when the snapshot was taken. */
    const bases = new Map<string, number>();
    const hears = ({ name }: TaskRecord, checkpoint: number): void => {
      // A plain savepoint is no base.
      if (completed.has(checkpoint)) heard.set(name, Math.max(heard.get(name) ?? 0, checkpoint));
    };
    return {
      attemptStarting() {
        completed.clear();
        heard.clear();
        bases.clear();
      },
      notifiedComplete(task, { checkpoint }) {
        hears(task, checkpoint);
      },
      notifiedAborted(task, { latestCompleted }) {
        hears(task, latestCompleted);
      },
      snapshotTaken({ name }, { checkpoint }) {
        bases.set(`${name}@${checkpoint}`, heard.get(name) ?? 0);
      },
      acknowledged({ name }, { checkpoint }) {
        const at = `${name}@${checkpoint}`;
        if (bases.get(at) !== heard.get(name)) bases.delete(at);
      },
      completed({ listed, image }) {
        if (listed.attempt !== witness.attempt?.number || 'undecodable' in image) return;
        const { checkpoint } = listed;
        const closure = witness.checkpoints.closure(listed);
        const names = 'undecodable' in closure ? [] : closure.objects;
        const runs = names.flatMap((object) => namedRun(object, `/${listed.attempt}-shared/`));
        completed.set(checkpoint, new Set(runs.map(({ run }) => run)));
        for (const { object, writtenFor, vertex, task, run } of runs) {
          const base = bases.get(`${task}@${checkpoint}`);
          const held = base === undefined ? undefined : completed.get(base);
          if (held === undefined || held.size === 0) continue;
          compared();
          if (writtenFor !== checkpoint || !held.has(run)) continue;
          report('written-again', vertex, `${task} has written a run for checkpoint ${checkpoint} that its base has`, [
            note.text('object', object),
            note.value('base', base),
          ]);
        }
      },
    };
  },
});

/** None if it is not a run that this attempt has written. */
function namedRun(object: string, ofAttempt: string): readonly NamedRun[] {
  const match = object.includes(ofAttempt) ? WRITTEN.exec(object) : null;
  if (match === null) return [];
  const [, writtenFor = '', vertex = '', subtask = '', id = ''] = match;
  const task = `${vertex}[${subtask}]`;
  return [{ object, writtenFor: Number(writtenFor), vertex, task, run: `${task}/${id}` }];
}
