/** A worker of campaigns of the jobs that misbehave. */
import { misbehaving } from '../../../scenarios/testing/misbehaving.ts';
import { type Workspace, workspaceOf } from '../../workspace.ts';
import { serveAsWorker, WORKER_ARGUMENT } from '../worker.ts';

export function misbehavingWorkspace(): Workspace {
  return workspaceOf({ kind: 'built-in' }, { scenarios: misbehaving });
}

if (process.argv[2] === WORKER_ARGUMENT && process.send !== undefined)
  serveAsWorker(() => Promise.resolve(misbehavingWorkspace()));
