/** A worker of campaigns in which some runs take their process with them. */
import { dyingWith } from '../../../scenarios/testing/misbehaving.ts';
import { type Workspace, workspaceOf } from '../../workspace.ts';
import { WORKER_ARGUMENT } from '../protocol.ts';
import { serveAsWorker } from '../worker.ts';

/** `directory`: of cases. */
export function dyingWorkspace(directory?: string): Workspace {
  // As it was before any trap was set.
  const kill = process.kill.bind(process);
  const scenarios = dyingWith(() => {
    kill(process.pid, 'SIGKILL');
  });
  return workspaceOf(
    { kind: 'built-in' },
    { scenarios, ...(directory === undefined ? {} : { caseDirectory: directory }) },
  );
}

if (process.argv[2] === WORKER_ARGUMENT && process.send !== undefined)
  serveAsWorker(() => Promise.resolve(dyingWorkspace()));
