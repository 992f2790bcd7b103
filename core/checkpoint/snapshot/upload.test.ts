import { expect, it } from 'vitest';
import { int32 } from '../../job/types.ts';
import { inlineObjectOf } from '../../state/handles.ts';
import { MapStore } from '../../task/testing/manual-ports.ts';
import type { Coroutine } from '../../waiting.ts';
import { type SnapshotParts, uploadSnapshot } from './upload.ts';

const PREFIX = 'job/1-3/v-0';
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i + length);

/** State of the three kinds that have an object each. */
const parts = (keyed: number, broadcast: number, lists: number): SnapshotParts => ({
  keyed: {
    range: { start: 0, end: 7 },
    snapshot: {
      write: (out) => [{ first: 0, last: 7, objects: [out.append(bytes(keyed)).object], own: [] }],
      discard: () => undefined,
    },
  },
  broadcast: { encode: () => bytes(broadcast) },
  operator: {
    write: (object, out) => {
      out.raw(bytes(lists));
      return [{ operator: 'v', state: 's', mode: 'split', type: bytes(1), object, offsets: [0, lists] }];
    },
  },
  channelState: undefined,
});

function uploaded(inlineStateBytes: number, of: SnapshotParts) {
  const store = new MapStore();
  const place = {
    checkpoint: 3,
    kind: 'savepoint',
    prefix: PREFIX,
    sharedPrefix: 'job/1-shared/3/v-0',
    isOwn: () => true,
    inlineStateBytes,
  } as const;
  return { ...finish(uploadSnapshot(store, place, of, () => int32)), store };
}
function finish<T>(body: Coroutine<T>): T {
  for (;;) {
    const next = body.next();
    if (next.done === true) return next.value;
  }
}

it.each([
  [0, [], ['', '-broadcast', '-operator']],
  [2, [], ['', '-broadcast', '-operator']],
  // Exactly as large.
  [3, [''], ['-broadcast', '-operator']],
  [4, ['', '-broadcast'], ['-operator']],
  [5, ['', '-broadcast', '-operator'], []],
])('of objects of 3, 4 and 5 bytes those up to %i ride along: %j; in the store are %j', (bound, inline, stored) => {
  const { handles, store, written, totalBytes } = uploaded(bound, parts(3, 4, 5));
  const sizes = new Map([
    ['', 3],
    ['-broadcast', 4],
    ['-operator', 5],
  ]);
  const content = (suffix: string): Uint8Array => bytes(sizes.get(suffix) ?? 0);
  expect(handles.inline).toEqual(inline.map((suffix) => inlineObjectOf(PREFIX + suffix, content(suffix))));
  expect([...store.objects]).toEqual(stored.map((suffix) => [PREFIX + suffix, content(suffix)]));
  // Handles do not say where an object lies.
  expect(handles.keyed[0]?.objects).toEqual([PREFIX]);
  expect(handles.broadcast?.object).toBe(`${PREFIX}-broadcast`);
  expect(handles.operatorState[0]?.object).toBe(`${PREFIX}-operator`);
  expect([...written.keys()]).toEqual(stored.filter((suffix) => suffix === '').map(() => PREFIX));
  expect(totalBytes).toBe(12);
});

it('0 is never, even of an object without bytes', () => {
  const { handles, store } = uploaded(0, parts(3, 0, 5));
  expect(handles.inline).toEqual([]);
  expect(store.objects.get(`${PREFIX}-broadcast`)).toEqual(new Uint8Array(0));
});
