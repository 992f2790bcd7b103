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
