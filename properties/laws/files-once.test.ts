import { toBytes } from '../../core/values/serializers.ts';
import { event, type Event, FORWARD, job } from '../model/testing/turns.ts';
import { perRecord, provesLaw } from '../testing/jobs.ts';
import { fact, type History, type Step } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { filesOnce } from './files-once.ts';

const json = { kind: 'json' } as const;
const FILES = job(
  {
    in: perRecord(0),
    out: {
      operator: {
        kind: 'sink',
        sink: { connector: 'file', output: 'lake', type: json, delivery: 'exactly-once', external: true },
      },
    },
  },
  [['in', 'out', FORWARD]],
);
const [a, b] = [event('a', 1, 1), event('b', 2, 2)];

/** One record by each of two attempts; at the end the store holds these objects, and those while the second one begins. */
function ended(
  objects: Readonly<Record<string, Uint8Array>>,
  begun: Readonly<Record<string, Uint8Array>> = {},
): History {
  const input = { in: [[a, b]] };
  const script = new Script({ job: FILES, input, parallelism: {} }).start().read(0).drain().checkpoint(1);
  const { steps } = script;
  const first = steps.length;
  const history = script.start(1).finish(2).history;
  const all = history.steps.toSpliced(first, 0, { step: 'objects', objects: begun });
  const at = all.findIndex(({ step }) => step === 'settled');
  return { ...history, steps: all.toSpliced(at, 0, { step: 'objects', objects }) };
}

const file = (...records: readonly Event[]): Uint8Array => toBytes({ kind: 'list', of: json }, records);
const good = { 'lake/day=1/part-out-0-1-0': file(a), 'lake/part-out-0-2-0': file(b) };
const accepts = (): History => ended(good, { 'lake/.open/out/0/1/7': file(a) });
/** Before the checkpoint that covers it is complete. */
function early(history: History): History {
  const at = history.steps.findIndex((step) => step.step === 'fact' && step.kind === 'checkpointTriggered');
  const task = { vertex: 'in', subtask: 0, attempt: 1 };
  const step: Step = fact('transactionCommitted', {
    task,
    sink: 'out',
    transaction: 'test/out/0/1/9',
    recovered: false,
  });
  return { ...history, steps: history.steps.toSpliced(at, 0, step) };
}

provesLaw(filesOnce, {
  lost: { accepts, rejects: () => ended({ 'lake/part-out-0-2-0': file(b) }) },
  duplicate: { accepts, rejects: () => ended({ ...good, 'lake/part-out-0-1-1': file(a) }) },
  uncovered: { accepts, rejects: () => early(accepts()) },
  // It was there when the attempt began.
  left: {
    accepts,
    rejects: () => ended({ ...good, 'lake/.open/out/0/1/7': file(a) }, { 'lake/.open/out/0/1/7': file(a) }),
  },
  undecodable: { accepts, rejects: () => ended({ ...good, 'lake/part-out-0-2-1': Uint8Array.of(7) }) },
});

// What readers leave out is not finished; one of the last attempt itself; a file in a folder of its own.
provesLaw(filesOnce, {
  lost: { accepts, rejects: () => ended({ ...good, 'lake/day=1/part-out-0-1-0': file() }) },
  duplicate: {
    accepts: () => ended({ ...good, 'lake/.open/out/0/1/3': file(a) }),
    rejects: () => ended({ ...good, 'lake/x/y/part': file(b) }),
  },
  uncovered: { accepts, rejects: () => early(accepts()) },
  left: { accepts, rejects: () => ended({ ...good, 'lake/.open/out/0/2/4': file(b) }) },
  undecodable: { accepts, rejects: () => ended({ ...good, 'lake/part-out-0-2-1': new Uint8Array(0) }) },
});
