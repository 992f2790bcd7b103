import { expect, it } from 'vitest';
import { EngineBug } from '../../errors.ts';
import type { ObjectStore, Written } from '../../ports.ts';
import { inlineObjectOf } from '../../state/handles.ts';
import { MapStore } from '../../task/testing/manual-ports.ts';
import { Deferred } from '../../waiting.ts';
import { ObjectOutput } from './snapshot-output.ts';

const bytes = (...of: number[]): Uint8Array => Uint8Array.from(of);
const output = (inlineStateBytes = 0): ObjectOutput =>
  new ObjectOutput({
    checkpoint: 3,
    kind: 'checkpoint',
    prefix: 'job/1-3/v-0',
    sharedPrefix: 'job/1-shared/3/v-0',
    isOwn: (object) => object.startsWith('job/'),
    inlineStateBytes,
  });

it('appended bytes become one object, files objects of their own, and all are put at once', () => {
  const puts: { readonly name: string; readonly content: Uint8Array; readonly answer: Deferred<Written> }[] = [];
  const none = (): never => {
    throw new Error('not asked for');
  };
  const store: ObjectStore = {
    put: (name, content) => {
      const answer = new Deferred<Written>(name);
      puts.push({ name, content, answer });
      return answer;
    },
    get: none,
    list: none,
    remove: none,
  };
  const out = output();
  expect(out.append(bytes(1, 2))).toEqual({ object: 'job/1-3/v-0', offset: 0, length: 2 });
  expect(out.append(bytes(3))).toEqual({ object: 'job/1-3/v-0', offset: 2, length: 1 });
  expect(out.file('run', bytes(9))).toBe('job/1-3/v-0-state-run');
  expect(out.totalBytes).toBe(4);
  const upload = out.upload(store);
  expect(upload.next().done).toBe(false);
  expect(puts.map(({ name, content }) => [name, [...content]])).toEqual([
    ['job/1-3/v-0-state-run', [9]],
    ['job/1-3/v-0', [1, 2, 3]],
  ]);
  puts[0]?.answer.resolve({ kind: 'written' });
  // Not before the last one is there.
  expect(upload.next().done).toBe(false);
  puts[1]?.answer.resolve({ kind: 'written' });
  expect(upload.next().done).toBe(true);
});

it('an object up to the bound is not put, one above it is; what checkpoints share is always put', () => {
  const puts: string[] = [];
  const store = new MapStore();
  const out = output(3);
  out.append(bytes(1, 2));
  out.append(bytes(3));
  out.file('small', bytes(9));
  out.file('large', bytes(1, 2, 3, 4));
  out.shared('run', bytes(7));
  const upload = out.upload({
    put: (name, content) => {
      puts.push(name);
      return store.put(name, content);
    },
    get: (name) => store.get(name),
    list: (prefix) => store.list(prefix),
    remove: (name) => store.remove(name),
  });
  let next = upload.next();
  while (next.done !== true) next = upload.next();
  const { inline, written } = next.value;
  expect(inline).toEqual([
    inlineObjectOf('job/1-3/v-0-state-small', bytes(9)),
    inlineObjectOf('job/1-3/v-0', bytes(1, 2, 3)),
  ]);
  expect(puts).toEqual(['job/1-3/v-0-state-large', 'job/1-shared/3/v-0-run']);
  expect([...written.keys()]).toEqual(puts);
  expect(out.totalBytes).toBe(9);
});

it('two files of one name are a bug of the backend', () => {
  const out = output();
  out.file('run', bytes(1));
  expect(() => out.file('run', bytes(2))).toThrow(EngineBug);
});
