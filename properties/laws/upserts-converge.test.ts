import type { SinkSpec } from '../../core/job/spec.ts';
import { toBytes } from '../../core/values/serializers.ts';
import { event, type Event, FORWARD, job } from '../model/testing/turns.ts';
import { perRecord, provesLaw } from '../testing/jobs.ts';
import type { History } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { upsertsConverge } from './upserts-converge.ts';

const json = { kind: 'json' } as const;
const table: SinkSpec & { readonly key: (value: unknown) => string } = {
  connector: 'upsert',
  output: 'table',
  type: json,
  delivery: 'at-least-once',
  external: true,
  key: (value) => (value as Event).key,
};
const TABLE = job({ in: perRecord(0), out: { operator: { kind: 'sink', sink: table } } }, [['in', 'out', FORWARD]]);
const [a1, b, a2] = [event('a', 1, 1), event('b', 2, 2), event('a', 3, 3)];

/** `a` is written, then `b`; after a failure `b` again, and a newer `a`. At the end the store holds these rows. */
function ended(rows: Readonly<Record<string, Event>>): History {
  const input = { in: [[a1, b, a2]] };
  const script = new Script({ job: TABLE, input, parallelism: {} })
    .start()
    .read(0)
    .drain()
    .checkpoint(1)
    .read(0)
    .drain();
  const history = script.start(1).finish(2).history;
  const objects = Object.fromEntries(Object.entries(rows).map(([name, value]) => [name, toBytes(json, value)]));
  const at = history.steps.findIndex(({ step }) => step === 'settled');
  return { ...history, steps: history.steps.toSpliced(at, 0, { step: 'objects', objects }) };
}

const good = { 'table/a/02-01': a2, 'table/b/02-00': b };
const accepts = (): History => ended(good);

provesLaw(upsertsConverge, {
  missing: { accepts, rejects: () => ended({ 'table/a/02-01': a2 }) },
  stale: { accepts, rejects: () => ended({ ...good, 'table/a/02-01': a1 }) },
  invented: { accepts, rejects: () => ended({ ...good, 'table/c/02-02': event('c', 9, 9) }) },
});

// Garbage that is no row any more is none; a version of an attempt that is over must not be the last.
provesLaw(upsertsConverge, {
  missing: { accepts: () => ended({ ...good, 'table/a/01-00': a1 }), rejects: () => ended({}) },
  stale: {
    accepts: () => ended({ ...good, 'table/b/01-07': b }),
    rejects: () => ended({ ...good, 'table/a/03-00': a1 }),
  },
  invented: { accepts, rejects: () => ended({ ...good, 'table/d/02-02': event('d', 1, 1) }) },
});
