/** A worker of campaigns of the jobs that misbehave. */
import { misbehaving } from '../../../scenarios/testing/misbehaving.ts';
import { type Workspace, workspaceOf } from '../../workspace.ts';
import { WORKER_ARGUMENT } from '../protocol.ts';
import { serveAsWorker } from '../worker.ts';

/** `directory`: of cases. */
export function misbehavingWorkspace(directory?: string): Workspace {
  const own = directory === undefined ? {} : { caseDirectory: directory };
  return workspaceOf({ kind: 'built-in' }, { scenarios: misbehaving, ...own });
}

if (process.argv[2] === WORKER_ARGUMENT && process.send !== undefined)
  serveAsWorker(() => Promise.resolve(misbehavingWorkspace()));
