/**
 * Files of tasks on the disks of their hosts: once a job has ended nothing is left of them (SEMANTICS U8, U11, E3).
 *
 * Verified: when a task manager says that nothing is left of a job on its host, up to an attempt, there is no such file; and each task
 * manager that lives on after the end of the job, with files on its host, says so. The disk itself is asked.
 * Not verified: hosts that are down or cut off when the job ends; what a job of another name has left; that what a killed task has left
 * goes as soon as the next attempt is deployed (the unit tests of `core/cluster`, `core/checkpoint/local`).
 */
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';

/** A path begins with its kind and the job, and its name with the attempt. None is taken for granted from the engine. */
const KINDS = ['state', 'local', 'sort'];
/** Paths that a violation names. */
const NAMED_MAX = 3;

export const hostFiles = defineLaw({
  name: 'host-files',
  states: 'When a job has ended nothing is left on a host of what its tasks have written to the disk.',
  anomalies: ['left', 'not-released'],
  judge(witness, report) {
    const { world } = witness;
    /** Processes that have said so, since the last attempt began. */
    const released = new Set<string>();
    const filesOf = (process: string, job: string, attempt = Infinity): readonly string[] => {
      const directories = KINDS.map((kind) => `${kind}/${job}/`);
      return world.hostFiles(process).filter((path) => {
        const directory = directories.find((one) => path.startsWith(one));
        return directory !== undefined && Number.parseInt(path.slice(directory.length), 10) <= attempt;
      });
    };
    const named = (process: string, paths: readonly string[]) => [
      note.text('task manager', process),
      ...paths.slice(0, NAMED_MAX).map((path) => note.text('file', path)),
      ...(paths.length > NAMED_MAX ? [note.text('files', `${paths.length} in all`)] : []),
    ];
    return {
      attemptStarting() {
        released.clear();
      },
      hostReleased({ job, upTo }) {
        const process = world.currentProcess() ?? '';
        released.add(process);
        const left = filesOf(process, job, upTo);
        if (left.length === 0) return;
        report('left', 'host', 'a job has ended, and files of its tasks are left on a host', named(process, left));
      },
      settled() {
        for (const process of world.toRelease()) {
          const left = filesOf(process, witness.model.job.name);
          if (released.has(process) || left.length === 0) continue;
          const what = 'a job has ended, and a task manager removes nothing of what its tasks have left';
          report('not-released', 'host', what, named(process, left));
        }
      },
    };
  },
});
