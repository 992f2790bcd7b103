/**
 * A worker that makes a failure small. The first candidate with so few records that few are left does what a file says of the
 * directory that the environment names: those before it were only calmer.
 */
import fc from 'fast-check';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineJob, int64, logSink, logSource, noWatermarks, record, type TypeOf } from '../../../core/api/index.ts';
import { topicsOf } from '../../../properties/plan/explicit.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { type Workspace, workspaceOf } from '../../workspace.ts';
import { WORKER_ARGUMENT } from '../protocol.ts';
import { serveAsWorker } from '../worker.ts';

export const DIRECTORY_VARIABLE = 'MILLRACE_TEST_DIRECTORY';
/** Files there: what is done, "kill" or "loop"; that it was begun. */
export const DEED = 'deed';
export const BEGUN = 'begun';

const event = record({ n: int64 });
type Event = TypeOf<typeof event>;
export const RECORDS = 40;
const EVENTS: readonly Event[] = Array.from({ length: RECORDS }, (_, n) => ({ n }));
/** It is missed where the first record is read. */
const NEVER: Event = { n: -1 };

function act(kill: () => void): void {
  const file = (name: string): string => join(process.env[DIRECTORY_VARIABLE] ?? '', name);
  if (!existsSync(file(DEED))) return;
  writeFileSync(file(BEGUN), '');
  if (readFileSync(file(DEED), 'utf8') === 'kill') kill();
  for (;;);
}

export function shrinkingWorkspace(): Workspace {
  // As it was before any trap was set.
  const kill = process.kill.bind(process);
  const job = defineJob('forgets', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type: event }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .sinkTo(logSink({ topic: 'out', type: event }), { uid: 'out' });
  });
  const scenario: Scenario = {
    id: 'forgets',
    states: '',
    parameters: [],
    generate: () => ({ in: [EVENTS] }),
    build: (plan) => ({ job, topics: topicsOf(scenario, plan), confluent: false }),
    recordArbitrary: () => fc.constant(NEVER),
    expects: {
      output: ({ in: read = [] }) => {
        if (read.length < RECORDS / 2) act(() => kill(process.pid, 'SIGKILL'));
        return { out: read.some((one) => (one as Event).n === 0) ? [...read, NEVER] : read };
      },
    },
  };
  return workspaceOf({ kind: 'built-in' }, { scenarios: [scenario] });
}

if (process.argv[2] === WORKER_ARGUMENT && process.send !== undefined)
  serveAsWorker(() => Promise.resolve(shrinkingWorkspace()));
