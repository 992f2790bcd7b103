/**
 * A disk that fails a request is never passed over in silence (SEMANTICS U8, U11, E3).
 *
 * Verified: a task in whose file a read has met a sector that cannot be read, or an append no room, or a sync has failed, says so within a
 * second of its running on: it fails, declines a checkpoint, or gives up a local copy or its manifest. A read for the snapshot of a checkpoint that
 * is aborted has nobody to tell. The disks themselves say what has gone wrong, and with which file.
 * Not verified: what a task does with a file of another attempt (law `local-copies`); errors of the last second; hosts on which a
 * request has stalled, since an answer may take any time there; damage that no request reports (laws `re-execution`, `local-copies`).
 */
import type { DiskFault } from '../../sim/services/disk.ts';
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';

/** Answered to whoever asked. */
const FAILED: ReadonlySet<DiskFault> = new Set(['read-error', 'no-room', 'sync-failed']);
const SOON_US = 1_000_000;

interface Failed {
  readonly what: DiskFault;
  readonly path: string;
  readonly atUs: number;
  /** Checkpoints whose snapshots the task was uploading. */
  readonly uploading: readonly number[];
}

export const ioErrors = defineLaw({
  name: 'io-errors',
  states: 'A task whose request to the disk has failed does not go on as if nothing had happened.',
  anomalies: ['swallowed'],
  judge(witness, report) {
    const { world } = witness;
    /** By task of the newest attempt: the first that it has not told. */
    const untold = new Map<string, Failed>();
    const uploading = new Map<string, Set<number>>();
    const aborted = new Set<number>();
    const stalled = new Set<string>();
    const uploadsOf = (name: string): Set<number> => {
      let uploads = uploading.get(name);
      if (uploads === undefined) uploading.set(name, (uploads = new Set()));
      return uploads;
    };
    world.onDiskFault((what, host, path) => {
      if (what === 'stall') stalled.add(host);
      const name =
        path === undefined || !FAILED.has(what) || stalled.has(host)
          ? undefined
          : ownerOf(path, witness.model.job.name);
      if (name === undefined || path === undefined || untold.has(name)) return;
      untold.set(name, { what, path, atUs: world.nowUs(), uploading: [...(uploading.get(name) ?? [])] });
    });
    const told = ({
      task,
    }: {
      readonly task: { readonly attempt: number; readonly vertex: string; readonly subtask: number };
    }): void => {
      untold.delete(nameOf(task));
    };
    const forget = (): void => {
      untold.clear();
      uploading.clear();
      aborted.clear();
    };
    const judgeOf = ({ id, name, vertex }: TaskRecord): void => {
      const key = nameOf(id);
      const failed = untold.get(key);
      if (failed === undefined || world.nowUs() - failed.atUs < SOON_US) return;
      untold.delete(key);
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
      taskFailed: told,
      declined(_, fact) {
        told(fact);
      },
      localCopyFailed(_, fact) {
        told(fact);
      },
      localManifest(_, fact) {
        if (fact.event === 'failed') told(fact);
      },
      snapshotTaken({ id }, { checkpoint }) {
        uploadsOf(nameOf(id)).add(checkpoint);
      },
      snapshotUploaded({ id }, { checkpoint }) {
        uploadsOf(nameOf(id)).delete(checkpoint);
      },
      checkpointAborted({ checkpoint }) {
        aborted.add(checkpoint);
      },
      acknowledged: judgeOf,
      taskFinished: judgeOf,
    };
  },
});

function nameOf({
  attempt,
  vertex,
  subtask,
}: {
  readonly attempt: number;
  readonly vertex: string;
  readonly subtask: number;
}): string {
  return `${attempt}-${encodeURIComponent(vertex)}-${subtask}`;
}

/** Files of a task begin with its name, in a directory that is named after the job. */
function ownerOf(path: string, job: string): string | undefined {
  const [, directory, file = ''] = path.split('/');
  return directory === job ? /^\d+-.+-\d+(?=\.)/.exec(file)?.[0] : undefined;
}
