/**
 * A disk that fails a request is never passed over in silence (SEMANTICS U8, U11, E3), and what has not failed is not blamed.
 *
 * Verified: a task in whose file a read has met a sector that cannot be read, or an append no room, or a sync has failed, says so within a
 * quarter of a second of its running on: it fails, declines a checkpoint, or gives up a local copy or its manifest. A read for the
 * snapshot of a checkpoint that is aborted has nobody to tell. The disks themselves say what has gone wrong, and with which file. And
 * while no disk has done anything wrong, no task fails or declines a checkpoint by a file of its own: it would have lost it by itself,
 * and a restart would hide that.
 * Not verified: what a task does with a file of another attempt (law `local-copies`); errors of the last quarter of a second; hosts on which a
 * request has stalled, since an answer may take any time there; damage that no request reports (laws `re-execution`, `local-copies`).
 */
import type { TaskId } from '../../core/facts.ts';
import { taskPrefix } from '../../core/state/host-files.ts';
import type { DiskFault } from '../../sim/services/disk.ts';
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';
import { withinJob } from './host-paths.ts';

/** Answered to whoever asked. */
const FAILED: ReadonlySet<DiskFault> = new Set(['read-error', 'no-room', 'sync-failed']);
/** Measured in 900 runs with failing disks: 21 ms at most. */
const SOON_US = 250_000;
/** No reason for a task to fail. */
const HARMLESS: ReadonlySet<DiskFault> = new Set(['stall', 'short-read']);

interface Failed {
  readonly what: DiskFault;
  readonly path: string;
  readonly atUs: number;
  /** Checkpoints whose snapshots the task was uploading then. */
  readonly uploading: readonly number[];
}

export const ioErrors = defineLaw({
  name: 'io-errors',
  states:
    'A task whose request to the disk has failed does not go on as if nothing had happened, and none fails by a file of its own otherwise.',
  compares: 'requests to a disk that have failed, and failures that tasks put down to files of their own',
  anomalies: ['swallowed', 'unfounded'],
  judge(witness, report, compared) {
    const { world } = witness;
    /** By task of the newest attempt: the first that it has not told. */
    const untold = new Map<string, Failed>();
    /** By task: checkpoints whose snapshots it is uploading. */
    const uploading = new Map<string, readonly number[]>();
    const aborted = new Set<number>();
    const stalled = new Set<string>();
    let hasFailed = false;
    world.onDiskFault((what, host, path) => {
      if (!HARMLESS.has(what)) hasFailed = true;
      if (what === 'stall') stalled.add(host);
      if (path === undefined || !FAILED.has(what) || stalled.has(host)) return;
      const name = ownerOf(path, witness.model.job.name);
      if (name === undefined || untold.has(name)) return;
      untold.set(name, { what, path, atUs: world.nowUs(), uploading: uploading.get(name) ?? [] });
    });
    const told = ({ task }: { readonly task: TaskId }): void => {
      if (untold.delete(taskPrefix(task))) compared();
    };
    /** Where every disk has done what it was asked for, nobody else can have lost the file. */
    const blames = (task: TaskId, what: string, message: string): void => {
      if (!message.includes(`/${taskPrefix(task)}.`)) return;
      compared();
      if (hasFailed) return;
      const { vertex, subtask } = task;
      report('unfounded', vertex, `${vertex}[${subtask}] ${what} by a file of its own, and no disk has failed`, [
        note.text('message', message),
      ]);
    };
    const forget = (): void => {
      untold.clear();
      uploading.clear();
      aborted.clear();
    };
    const judgeOf = ({ id, name, vertex }: TaskRecord): void => {
      if (untold.size === 0) return;
      const key = taskPrefix(id);
      const failed = untold.get(key);
      if (failed === undefined || world.nowUs() - failed.atUs < SOON_US) return;
      untold.delete(key);
      compared();
      const { what, path } = failed;
      if (what === 'read-error' && failed.uploading.some((checkpoint) => aborted.has(checkpoint))) return;
      report('swallowed', vertex.uid, `${name} goes on, and a request of it to the disk has failed`, [
        note.text('what', what),
        note.text('file', path),
        note.text('milliseconds since then', String(Math.floor((world.nowUs() - failed.atUs) / 1_000))),
      ]);
    };
    return {
      attemptStarting: forget,
      attemptFailed: forget,
      forked: forget,
      taskFailed(fact) {
        told(fact);
        blames(fact.task, 'fails', fact.message);
      },
      declined(_, fact) {
        told(fact);
        blames(fact.task, 'declines a checkpoint', fact.message);
      },
      localCopyFailed(_, fact) {
        told(fact);
      },
      localManifest(_, fact) {
        if (fact.event === 'failed') told(fact);
      },
      snapshotTaken({ id }, { checkpoint }) {
        const name = taskPrefix(id);
        uploading.set(name, [...(uploading.get(name) ?? []), checkpoint]);
      },
      snapshotUploaded({ id }, { checkpoint }) {
        const name = taskPrefix(id);
        uploading.set(
          name,
          (uploading.get(name) ?? []).filter((one) => one !== checkpoint),
        );
      },
      checkpointAborted({ checkpoint }) {
        aborted.add(checkpoint);
      },
      turnEnded: judgeOf,
      acknowledged: judgeOf,
      taskFinished: judgeOf,
    };
  },
});

/** What the name of a file begins with; undefined: it is no task's of this job. */
function ownerOf(path: string, job: string): string | undefined {
  return /^\d+-.+-\d+(?=\.)/.exec(withinJob(path, job) ?? '')?.[0];
}
