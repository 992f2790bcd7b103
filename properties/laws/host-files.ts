/**
 * Files of tasks on the disks of their hosts: once a job has ended nothing is left of them (SEMANTICS U8, U11, E3).
 *
 * Verified: a while after the end of a job, however it has ended, there is no file of the job on the host of any task manager that has lived
 * on. The disks themselves are asked, for whatever lies in a directory that is named after the job.
 * Not verified: hosts whose task manager or job manager is dead then; what a process that died in that time had asked its disk for; what a job of another name has
 * left; that what a killed task has left goes as soon as the next attempt is deployed (the unit tests of `core/cluster` and
 * `core/checkpoint/local`).
 */
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';
import { withinJob } from './host-paths.ts';

/** Paths that a violation names. */
const NAMED_MAX = 3;

export const hostFiles = defineLaw({
  name: 'host-files',
  states: 'When a job has ended nothing is left on a host of what its tasks have written to the disk.',
  compares: 'hosts on which tasks may have written, once the job has ended',
  anomalies: ['left'],
  judge(witness, report, compared) {
    return {
      hostsReleased(taskManagers) {
        const { world, model } = witness;
        for (const process of taskManagers) {
          const left = world.hostFiles(process).filter((path) => withinJob(path, model.job.name) !== undefined);
          compared();
          if (left.length === 0) continue;
          report('left', 'host', 'the job has ended, and files of its tasks are left on a host', [
            note.text('task manager', process),
            ...left.slice(0, NAMED_MAX).map((path) => note.text('file', path)),
            ...(left.length > NAMED_MAX ? [note.text('files', `${left.length} in all`)] : []),
          ]);
        }
      },
    };
  },
});
