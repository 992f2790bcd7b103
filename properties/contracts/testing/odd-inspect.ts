/** Reads the images of the odd backend, with no code of it. */
import { IoError } from '../../../core/errors.ts';
import type { TimeWindow } from '../../../core/job/functions.ts';
import type { TypeInfo } from '../../../core/job/types.ts';
import type { GroupContent, InspectState, KeyGroupRun } from '../../../core/state/backend.ts';
import { fromBytes } from '../../../core/values/serializers.ts';

interface Index {
  readonly keyType: TypeInfo;
  readonly states: readonly (readonly [
    string,
    { readonly kind: string; readonly keyType: TypeInfo; readonly type: TypeInfo },
  ])[];
  readonly timers: readonly {
    readonly domain: 'event' | 'processing';
    readonly group: number;
    readonly timestamp: number;
    readonly key: string;
    readonly namespace?: TimeWindow;
  }[];
  readonly floors: readonly { readonly start: number; readonly end: number; readonly floor: number }[];
}
type Row = readonly [group: number, state: string, key: string, sub: string, text: string];

export const inspectOddState: InspectState = (handles, bytesOf) => {
  const runs: KeyGroupRun[] = [];
  for (const { objects, own } of [...handles].sort((a, b) => a.first - b.first)) {
    const object = (name: string | undefined): Uint8Array => {
      const bytes = bytesOf(name ?? '');
      if (bytes === undefined) throw new IoError(`object ${name} is missing`);
      return bytes;
    };
    const index = parse(object(objects.at(-1))) as Index;
    const rows: Row[] = [];
    for (let i = 0; i + 1 < own.length; i += 2) {
      const [at = 0, length = 0] = own.slice(i, i + 2);
      rows.push(...(parse(object(objects[0]).subarray(at, at + length)) as Row[]));
    }
    for (const { start, end, floor } of index.floors) {
      for (let group = start; group <= end; group++) {
        const run = { first: group, last: group, ...contentOf(index, rows, group, floor) };
        const before = runs.at(-1);
        if (
          before !== undefined &&
          isEmpty(before) &&
          isEmpty(run) &&
          before.floor === floor &&
          before.last + 1 === group
        )
          runs[runs.length - 1] = { ...before, last: group };
        else runs.push(run);
      }
    }
  }
  return runs;
};

function isEmpty({ entries, timers }: GroupContent): boolean {
  return entries.length + timers.length === 0;
}

function contentOf(index: Index, rows: readonly Row[], group: number, floor: number): GroupContent {
  const entries: { state: string; key: unknown; namespace: TimeWindow | undefined; value: unknown }[] = [];
  const own = rows.filter((row) => row[0] === group);
  for (const [name, { kind, keyType, type }] of [...index.states].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const ofState = own.filter(([, state]) => state === name);
    for (const key of [...new Set(ofState.map(([, , of]) => of))].sort()) {
      const cells = ofState.filter(([, , of]) => of === key);
      const at = { state: name, key: decode(index.keyType, key) };
      if (kind === 'map') {
        cells.sort(([, , , a], [, , , b]) => (a < b ? -1 : 1));
        const pairs = cells.map(([, , , sub, text]) => [decode(keyType, sub), decode(type, text)]);
        entries.push({ ...at, namespace: undefined, value: pairs });
      } else {
        const decoded = cells.map(([, , , sub, text]) => ({
          ...at,
          namespace: windowOf(sub),
          value: decode(type, text),
        }));
        decoded.sort((a, b) => byWindow(a.namespace, b.namespace));
        entries.push(...decoded);
      }
    }
  }
  const timers = index.timers
    .filter((timer) => timer.group === group)
    .sort(
      (a, b) =>
        (a.domain < b.domain ? -1 : a.domain > b.domain ? 1 : 0) ||
        a.timestamp - b.timestamp ||
        (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) ||
        byWindow(a.namespace, b.namespace),
    )
    .map(({ domain, timestamp, key, namespace }) => ({
      domain,
      timestamp,
      key: decode(index.keyType, key),
      namespace,
    }));
  return { floor, entries, timers };
}

function windowOf(sub: string): TimeWindow | undefined {
  if (sub === '') return undefined;
  const [start, end] = JSON.parse(sub) as [number, number];
  return { start, end };
}
function byWindow(a: TimeWindow | undefined, b: TimeWindow | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  return a.start - b.start || a.end - b.end;
}
function decode(type: TypeInfo, text: string): unknown {
  return fromBytes(
    type,
    Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)),
  );
}
function parse(bytes: Uint8Array): unknown {
  return JSON.parse(decodeURIComponent(String.fromCharCode(...bytes.map((byte) => byte ^ 0x5a))));
}
