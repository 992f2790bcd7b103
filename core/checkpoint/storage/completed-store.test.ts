import { expect, it } from 'vitest';
import type { HaStore, Versioned, Written } from '../../ports.ts';
import { type Coroutine, Deferred, type Pending } from '../../waiting.ts';
import { CompletedStore, DeposedError, withCompleted } from './completed-store.ts';
import { completedKey, readCompleted, restorePoint, writeCompleted, NO_CHECKPOINTS } from './metadata.ts';

const one = (checkpoint: number, attempt = 1) => ({ checkpoint, attempt, metadata: `m${checkpoint}` });
const ids = (list: readonly { readonly checkpoint: number }[]) => list.map(({ checkpoint }) => checkpoint);

it.each<[string, number[], number, number, number[], number[]]>([
  ['the first', [], 1, 1, [1], []],
  ['one is kept', [1], 2, 1, [2], [1]],
  ['two are kept', [1, 2], 3, 2, [2, 3], [1]],
  ['order is by number, not by text', [8, 9], 10, 2, [9, 10], [8]],
  ['what came out of order does not push out the newest', [9, 11], 10, 2, [10, 11], [9]],
  ['the newest is kept, even if nothing were to be', [1], 2, 0, [2], [1]],
])('retains: %s', (_, before, added, retained, kept, dropped) => {
  const after = withCompleted(
    before.map((id) => one(id)),
    one(added),
    retained,
  );
  expect([ids(after.kept), ids(after.dropped)]).toEqual([kept, dropped]);
});

/** Answers at once, as scripted: a lost answer, with or without effect, and another writer in between. */
class ScriptedHa implements HaStore {
  value: Versioned | undefined;
  script: ('answer' | 'lost-applied' | 'lost-unapplied' | 'other-writer')[] = [];

  read(): Pending<Versioned | undefined> {
    return now(this.value);
  }
  compareAndSet(_: string, expected: number, bytes: Uint8Array): Pending<Written> {
    const how = this.script.shift() ?? 'answer';
    if (how === 'other-writer')
      this.value = {
        version: (this.value?.version ?? 0) + 1,
        bytes: writeCompleted({ ...NO_CHECKPOINTS, completed: [one(77)] }),
      };
    if (how !== 'lost-unapplied') {
      if ((this.value?.version ?? 0) !== expected) return now<Written>({ kind: 'refused' });
      this.value = { version: expected + 1, bytes };
    }
    return now<Written>({ kind: how === 'answer' ? 'written' : 'unknown' });
  }
  lease(): never {
    throw new Error('not asked here');
  }
}
function now<T>(value: T): Pending<T> {
  const pending = new Deferred<T>('an answer');
  pending.resolve(value);
  return pending;
}
function finish<T>(body: Coroutine<T>): T {
  for (;;) {
    const next = body.next();
    if (next.done === true) return next.value;
  }
}
function stored(ha: ScriptedHa) {
  return readCompleted(ha.value?.bytes ?? new Uint8Array());
}

it.each([['answer'], ['lost-applied'], ['lost-unapplied']] as const)(
  'a checkpoint is added once, regardless of the reply: %s',
  (how) => {
    const ha = new ScriptedHa();
    const store = new CompletedStore(ha, 'job');
    finish(store.read());
    finish(store.add(one(1), 2));
    ha.script = [how];
    expect(ids(finish(store.add(one(2), 1)))).toEqual([1]);
    expect(ids(stored(ha).completed)).toEqual([2]);
    finish(store.add(one(3), 1));
    expect(ha.value?.version).toBe(3);
  },
);

it('another writer means another leader', () => {
  const ha = new ScriptedHa();
  const store = new CompletedStore(ha, 'job');
  finish(store.read());
  ha.script = ['other-writer'];
  expect(() => finish(store.add(one(1), 1))).toThrow(DeposedError);
  expect(() => finish(store.add(one(1), 1))).toThrow(completedKey('job'));
});

it('after a stop nothing older can be restored, a resume starts from the savepoint, and its checkpoints take precedence over it', () => {
  const ha = new ScriptedHa();
  const store = new CompletedStore(ha, 'job');
  finish(store.read());
  finish(store.add(one(4), 2));
  expect(ids(finish(store.stop(one(5), false)))).toEqual([4]);
  expect(stored(ha)).toEqual({ completed: [], savepoint: one(5), stopped: true, drained: false, claimed: false });
  finish(store.resume());
  expect([restorePoint(stored(ha))?.checkpoint, stored(ha).stopped]).toEqual([5, false]);
  finish(store.add(one(6, 2), 1));
  expect(restorePoint(stored(ha))).toEqual(one(6, 2));
});

it('a claimed savepoint is named until the first checkpoint, or stop, and is what that subsumes; one that is not claimed stays', () => {
  const started = (claimed: boolean): [ScriptedHa, CompletedStore] => {
    const ha = new ScriptedHa();
    const store = new CompletedStore(ha, 'job');
    finish(store.read());
    finish(store.submit(one(5), claimed));
    return [ha, store];
  };
  const [ha] = started(true);
  expect(stored(ha)).toEqual({ ...NO_CHECKPOINTS, savepoint: one(5), claimed: true });
  // Whoever leads next knows it, too.
  const next = new CompletedStore(ha, 'job');
  expect(finish(next.read()).claimed).toBe(true);
  expect(ids(finish(next.add(one(6, 2), 1)))).toEqual([5]);
  expect(stored(ha)).toEqual({ ...NO_CHECKPOINTS, completed: [one(6, 2)] });
  expect(ids(finish(next.add(one(7, 2), 1)))).toEqual([6]);
  const [stoppedHa, stopped] = started(true);
  expect(ids(finish(stopped.stop(one(6, 2), false)))).toEqual([5]);
  expect(stored(stoppedHa).claimed).toBe(false);
  const [keptHa, kept] = started(false);
  expect(ids(finish(kept.add(one(6, 2), 1)))).toEqual([]);
  expect(stored(keptHa).savepoint).toEqual(one(5));
});
