/**
 * A worker of campaigns whose jobs are not the same in each process. What `interrupts` does where another process has run it
 * before, says a file of the directory that the environment names.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { differingBy } from '../../../scenarios/testing/misbehaving.ts';
import { type Workspace, workspaceOf } from '../../workspace.ts';
import { WORKER_ARGUMENT } from '../protocol.ts';
import { serveAsWorker } from '../worker.ts';

export const DIRECTORY_VARIABLE = 'MILLRACE_TEST_DIRECTORY';
/** Files there: the process that was first, what is done in another one ("die once", "die", "loop"), that it was begun. */
export const OWNER = 'owner';
export const DEED = 'deed';
export const BEGUN = 'begun';

/** `directory`: of cases. */
export function differingWorkspace(directory?: string): Workspace {
  // As it was before any trap was set.
  const kill = process.kill.bind(process);
  const file = (name: string): string => join(process.env[DIRECTORY_VARIABLE] ?? '', name);
  const isOurs = (): boolean => {
    if (!existsSync(file(OWNER))) writeFileSync(file(OWNER), String(process.pid));
    return readFileSync(file(OWNER), 'utf8') === String(process.pid);
  };
  const interrupt = (): void => {
    if (!existsSync(file(DEED)) || isOurs()) return;
    const deed = readFileSync(file(DEED), 'utf8');
    if (deed === 'die once' && existsSync(file(BEGUN))) return;
    writeFileSync(file(BEGUN), '');
    if (deed === 'loop') for (;;);
    kill(process.pid, 'SIGKILL');
  };
  const differing = differingBy(() => process.pid, interrupt);
  const build = (): never => {
    throw new Error('no job');
  };
  const scenarios = differing.flatMap((of, at) => (at === 0 ? [of, { ...of, id: 'cannot-be-built', build }] : [of]));
  return workspaceOf(
    { kind: 'built-in' },
    { scenarios, ...(directory === undefined ? {} : { caseDirectory: directory }) },
  );
}

if (process.argv[2] === WORKER_ARGUMENT && process.send !== undefined)
  serveAsWorker(() => Promise.resolve(differingWorkspace()));
