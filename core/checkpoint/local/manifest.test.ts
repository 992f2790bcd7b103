import { expect, it } from 'vitest';
import {
  copiesOf,
  filesOf,
  type LocalCopy,
  type LocalManifest,
  readManifest,
  withAborted,
  withCompleted,
  withTaken,
  writeManifest,
} from './manifest.ts';

const EMPTY: LocalManifest = { attempt: 1, vertex: 'v', subtask: 0, first: 0, last: 7, checkpoints: [] };
const copy = (object: string): LocalCopy => ({ object, file: `of-${object}`, length: 3, checksum: 9 });
const taken = (manifest: LocalManifest, checkpoint: number, ...objects: readonly string[]): LocalManifest =>
  withTaken(manifest, { checkpoint, copies: objects.map(copy) });

it('a manifest is read as it was written, and not at all if any byte is missing or another one', () => {
  const manifest = taken(taken(EMPTY, 3, 'a'), 7, 'a', 'b');
  const bytes = writeManifest(manifest);
  expect(readManifest(bytes)).toEqual(manifest);
  for (let at = 0; at < bytes.length; at++) {
    expect(readManifest(bytes.subarray(0, at))).toBeUndefined();
    const other = bytes.slice();
    other[at] = (other[at] ?? 0) ^ 4;
    expect(readManifest(other)).toBeUndefined();
    expect(readManifest(bytes.slice().fill(0, at))).toBeUndefined();
  }
  expect(readManifest(new Uint8Array(64))).toBeUndefined();
});

it('a file goes when no checkpoint names it any more', () => {
  let manifest = taken(taken(taken(EMPTY, 1, 'a', 'b'), 2, 'b', 'c'), 3, 'c', 'd');
  expect([...filesOf(manifest)]).toEqual(['of-a', 'of-b', 'of-c', 'of-d']);
  manifest = withCompleted(manifest, 2);
  expect([...filesOf(manifest)]).toEqual(['of-b', 'of-c', 'of-d']);
  manifest = withAborted(manifest, 3);
  expect([...copiesOf(manifest).keys()]).toEqual(['b', 'c']);
  expect(withAborted(manifest, 3)).toBe(manifest);
  expect(withCompleted(manifest, 1)).toBe(manifest);
});

/** What a naive keeper would do that remembers everything that has happened. */
type Happened = { readonly kind: 'taken' | 'completed' | 'aborted'; readonly checkpoint: number };

function naive(history: readonly Happened[]): readonly number[] {
  const kept: number[] = [];
  for (let checkpoint = 1; checkpoint <= 3; checkpoint++) {
    const own = history.flatMap(({ kind, checkpoint: of }, at) => (of === checkpoint && kind === 'taken' ? [at] : []));
    const last = own.at(-1);
    if (last === undefined) continue;
    const later = history.slice(last + 1);
    const isOver = later.some(
      ({ kind, checkpoint: of }) =>
        (kind === 'aborted' && of === checkpoint) || (kind === 'completed' && of > checkpoint),
    );
    if (!isOver) kept.push(checkpoint);
  }
  return kept;
}

it('in every order of what can happen to three checkpoints, what is kept is what a naive keeper of the whole history keeps', () => {
  const steps = (['taken', 'completed', 'aborted'] as const).flatMap((kind) =>
    [1, 2, 3].map((checkpoint) => ({ kind, checkpoint })),
  );
  const apply = (manifest: LocalManifest, { kind, checkpoint }: Happened): LocalManifest =>
    kind === 'taken'
      ? taken(manifest, checkpoint, `run-${checkpoint - 1}`, `run-${checkpoint}`)
      : kind === 'completed'
        ? withCompleted(manifest, checkpoint)
        : withAborted(manifest, checkpoint);
  // Breadth first, until no history leads to anything new.
  const seen = new Set<string>();
  let frontier: { readonly manifest: LocalManifest; readonly history: readonly Happened[] }[] = [
    { manifest: EMPTY, history: [] },
  ];
  let judged = 0;
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { manifest, history } of frontier) {
      for (const step of steps) {
        const grown = [...history, step];
        const after = apply(manifest, step);
        judged++;
        const kept = naive(grown);
        expect(after.checkpoints.map(({ checkpoint }) => checkpoint)).toEqual(kept);
        const files = new Set(kept.flatMap((checkpoint) => [`of-run-${checkpoint - 1}`, `of-run-${checkpoint}`]));
        expect(new Set(filesOf(after))).toEqual(files);
        const key = JSON.stringify(after);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push({ manifest: after, history: grown });
      }
    }
    frontier = next;
  }
  expect(seen.size).toBe(8);
  expect(judged).toBeGreaterThanOrEqual(8 * 9);
});

/** Checkpoints as text, the oldest first, each with the objects that there are copies of: `1: a b; 2: b`. */
function written({ checkpoints }: LocalManifest): string {
  return checkpoints
    .map(({ checkpoint, copies }) => `${checkpoint}: ${copies.map(({ object }) => object).join(' ')}`)
    .join('; ');
}
function read(text: string): LocalManifest {
  const checkpoints = text === '' ? [] : text.split('; ').map(checkpointIn);
  return { ...EMPTY, checkpoints };
}
function checkpointIn(text: string): LocalManifest['checkpoints'][number] {
  const [id, objects = ''] = text.split(': ');
  return { checkpoint: Number(id), copies: objects === '' ? [] : objects.split(' ').map(copy) };
}
function after(manifest: LocalManifest, event: string): LocalManifest {
  const about = event.slice(event.indexOf(' ') + 1);
  if (event.startsWith('taken')) return withTaken(manifest, checkpointIn(about));
  return event.startsWith('completed') ? withCompleted(manifest, Number(about)) : withAborted(manifest, Number(about));
}

/** before | event | after | files that go */
it.each([
  ['the first one', '', 'taken 1: a b', '1: a b', []],
  ['one that has a file in common', '1: a b', 'taken 2: b c', '1: a b; 2: b c', []],
  ['one that has nothing', '1: a', 'taken 2: ', '1: a; 2: ', []],
  ['an older one that comes later', '2: b', 'taken 1: a', '1: a; 2: b', []],
  ['the same one again, with other copies', '1: a b; 2: b', 'taken 1: c', '1: c; 2: b', ['of-a']],
  ['complete: older ones go, but for what it has itself', '1: a b; 2: b c', 'completed 2', '2: b c', ['of-a']],
  ['complete: a newer one names the file', '1: a b; 2: b; 3: a', 'completed 2', '2: b; 3: a', []],
  ['complete, and all newer ones stay', '2: b; 3: c; 4: d', 'completed 2', '2: b; 3: c; 4: d', []],
  ['complete, and there are no copies of it', '1: a; 3: c', 'completed 2', '3: c', ['of-a']],
  ['complete, newer than all that there are', '1: a; 2: b', 'completed 3', '', ['of-a', 'of-b']],
  ['complete, heard once more', '2: b c', 'completed 2', '2: b c', []],
  ['an older one is complete, heard too late', '2: b c', 'completed 1', '2: b c', []],
  ['complete, and there is nothing', '', 'completed 2', '', []],
  ['aborted', '1: a; 2: b', 'aborted 2', '1: a', ['of-b']],
  ['aborted: others name the file', '1: a; 2: a b; 3: b c', 'aborted 2', '1: a; 3: b c', []],
  ['aborted: the oldest', '1: a; 2: b', 'aborted 1', '2: b', ['of-a']],
  ['aborted: there are no copies of it', '1: a; 3: c', 'aborted 2', '1: a; 3: c', []],
  ['aborted, and there is nothing', '', 'aborted 1', '', []],
  ['aborted, and the last one', '1: a', 'aborted 1', '', ['of-a']],
] as const)('%s: %j, %s', (_, before, event, expected, gone) => {
  const manifest = read(before);
  const next = after(manifest, event);
  expect(written(next)).toBe(expected);
  // The manifest on the disk is written anew only if it has changed.
  expect(next === manifest).toBe(expected === before);
  const files = filesOf(next);
  expect([...filesOf(manifest)].filter((file) => !files.has(file))).toEqual(gone);
});
