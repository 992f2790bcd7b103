/** The contract of state backends: snapshots, restores at any parallelism, and `inspect`. */
import { IoError, JobError } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import { string } from '../../core/job/types.ts';
import type { Sieve, StateBackend } from '../../core/state/backend.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { type Clause, same } from '../../sim/contract.ts';
import { change, fill, thrownBy } from './state-backend-changes.ts';
import { type Image, KEYS, MAX_PARALLELISM, Rig, WINDOWS } from './state-backend-rig.ts';

export function snapshots(make: StateBackend): readonly Clause<Ports>[] {
  return [
    {
      law: 'inspect says what a fresh backend holds after a restore, which is what was written',
      *check(ports) {
        const rig = new Rig(make, ports, 'from');
        yield* fill(rig);
        yield* change(rig);
        const image = yield* rig.image((group) => 100 + group);
        same(rig.inspect(image), image.expected.contents(), 'inspected');
        const restored = yield* rig.restored(image, 'to');
        yield* restored.admitted();
        same(restored.drain(), image.expected.contents(), 'restored');
      },
    },
    {
      law: 'measure, if there is one, counts what inspect shows',
      *check(ports) {
        const rig = new Rig(make, ports, 'measured', 2);
        yield* fill(rig);
        yield* change(rig);
        const image = yield* rig.image();
        const measured = rig.measured(image);
        if (measured === undefined) return;
        const shown = rig.inspect(image).flatMap(({ entries }) => entries);
        const states = [...new Set(shown.map(({ state }) => state))].sort();
        const counted = states.map((name) => {
          const of = shown.filter(({ state }) => state === name);
          const entries = of.reduce((sum, { value }) => sum + (Array.isArray(value) ? value.length : 1), 0);
          return [name, new Set(of.map(({ key }) => key)).size, entries];
        });
        same(measured, counted, 'counts');
      },
    },
    {
      law: 'handles hold each key group of the range once',
      *check(ports) {
        const rig = new Rig(make, ports, 'cover', 2);
        yield* fill(rig);
        const image = yield* rig.image();
        for (const [subtask, handles] of image.handles.entries()) {
          const held = handles.flatMap(({ first, last }) =>
            Array.from({ length: last - first + 1 }, (_, i) => first + i),
          );
          const { start = 0, end = 0 } = rig.backends[subtask]?.range ?? {};
          const range = Array.from({ length: end - start + 1 }, (_, i) => start + i);
          same(
            held.toSorted((a, b) => a - b),
            range,
            `key groups of subtask ${subtask}`,
          );
          const missing = handles.flatMap(({ objects }) => objects.filter((name) => !image.objects.has(name)));
          same(missing, [], 'objects that were never written');
        }
      },
    },
    {
      law: 'writes after the sync part do not show, whenever it is written',
      *check(ports) {
        const rig = new Rig(make, ports, 'later');
        yield* fill(rig);
        const first = rig.take((group) => group);
        yield* change(rig);
        const second = rig.take(() => 50);
        yield* fill(rig);
        rig.put('a', undefined, -1);
        const images = [yield* rig.write(second), yield* rig.write(first)];
        for (const image of images) same(rig.inspect(image), image.expected.contents(), 'snapshot');
        same((yield* contents(rig)).length, MAX_PARALLELISM, 'key groups');
      },
    },
    {
      law: 'what a sieve gives nothing for is not in the snapshot, and stays in the live state',
      *check(ports) {
        const rig = new Rig(make, ports, 'sieved', 2);
        yield* fill(rig);
        const sieves = new Map<string, Sieve>([
          ['value', (stored) => (Number(stored) % 2 === 0 ? stored : undefined)],
          ['list', (stored) => (Array.isArray(stored) ? stored.slice(1) : undefined)],
          ['map', (stored) => (String(stored).endsWith('3') ? stored : undefined)],
        ]);
        const taken = rig.take(() => 0, sieves);
        const live = rig.expected.copy();
        const expected = rig.expected.copy();
        for (const { state, key, namespace, value } of live.entries) {
          const sieve = sieves.get(state) ?? ((stored) => stored);
          const pairs = Array.isArray(value)
            ? (value as [unknown, unknown][]).filter(([, one]) => sieve(one) === one)
            : [];
          const left = state === 'map' ? (pairs.length === 0 ? undefined : pairs) : sieve(value);
          expected.set(state, String(key), namespace, left);
        }
        yield* change(rig);
        same(rig.inspect(yield* rig.write(taken)), expected.contents(), 'what is left');
        const whole = yield* rig.image();
        same(rig.inspect(whole), whole.expected.contents(), 'the live state');
      },
    },
    {
      law: 'floors are kept as they are given, of key groups without state, too',
      *check(ports) {
        const floors = [5, 5, -7, Number.MIN_SAFE_INTEGER, 2 ** 50];
        const rig = new Rig(make, ports, 'floors');
        rig.put('a', undefined, 1);
        const image = yield* rig.image((group) => floors[group] ?? NaN);
        same(
          rig.inspect(image).map(({ floor }) => floor),
          floors,
          'inspected',
        );
        for (const parallelism of [1, 3, 5]) {
          const restored = yield* rig.restored(image, `floors-${parallelism}`, parallelism);
          same(restored.expected.floors, floors, `restored at parallelism ${parallelism}`);
        }
      },
    },
    {
      law: 'key groups move to any parallelism, by any number of rescales',
      *check(ports) {
        let rig = new Rig(make, ports, 'scale-0', 2);
        yield* fill(rig);
        for (const [i, parallelism] of [3, 1, 5, 4, 2].entries()) {
          const image = yield* rig.image((group) => 10 * i + group);
          same(rig.inspect(image), image.expected.contents(), `inspected before ${parallelism}`);
          rig = yield* rig.restored(image, `scale-${i + 1}`, parallelism);
          const other = yield* rig.restored(image, `drained-${i}`, parallelism);
          same(other.drain(), image.expected.contents(), `restored at ${parallelism}`);
          yield* i % 2 === 0 ? change(rig) : fill(rig);
        }
      },
    },
    {
      law: 'states that the job does not register are kept and written again',
      *check(ports) {
        const rig = new Rig(make, ports, 'kept');
        yield* fill(rig);
        const image = yield* rig.image();
        const restored = yield* rig.restored(image, 'kept-again', 2);
        yield* restored.admitted();
        same(restored.inspect(yield* restored.image()), image.expected.contents(), 'written again');
      },
    },
    {
      law: 'a restored state has the type it was written with; another one is refused',
      *check(ports) {
        const rig = new Rig(make, ports, 'written');
        yield* fill(rig);
        const restored = yield* rig.restored(yield* rig.image(), 'read');
        same(thrownBy(() => restored.at('a').table('value', string)) instanceof JobError, true, 'another type');
      },
    },
    {
      law: 'inspect is canonical: equal content gives an equal answer, regardless of the history and the parallelism',
      *check(ports) {
        const straight = new Rig(make, ports, 'straight', 3);
        yield* fill(straight);
        const detour = new Rig(make, ports, 'detour');
        detour.put('a', WINDOWS[1], 5);
        detour.clearMap('b');
        yield* change(detour);
        for (const key of KEYS) {
          for (const namespace of WINDOWS) detour.put(key, namespace, undefined);
          detour.clearMap(key);
          detour.at(key).table('list', { kind: 'list', of: string }).remove(undefined);
          detour.expected.set('list', key, undefined, undefined);
          detour.removeTimer('processing', 5, key, undefined);
        }
        const moved = yield* detour.restored(yield* detour.image(), 'moved', 5);
        yield* fill(moved);
        same(moved.inspect(yield* moved.image()), straight.inspect(yield* straight.image()), 'content');
      },
    },
    {
      law: 'an object that is missing is an IoError, for who restores and for who inspects',
      *check(ports) {
        const rig = new Rig(make, ports, 'whole');
        yield* fill(rig);
        const image = yield* rig.image();
        const [gone] = image.handles.flat().flatMap(({ objects }) => objects);
        const objects = new Map([...image.objects].filter(([name]) => name !== gone));
        const damaged: Image = { ...image, objects };
        same(thrownBy(() => rig.inspect(damaged)) instanceof IoError, true, 'inspect');
        let caught: unknown;
        try {
          yield* rig.restored(damaged, 'damaged');
        } catch (error) {
          caught = error;
        }
        same(caught instanceof IoError, true, 'restore');
      },
    },
    {
      law: 'a snapshot that is discarded, or a checkpoint that is complete or aborted, changes nothing',
      *check(ports) {
        const rig = new Rig(make, ports, 'discarded', 2);
        yield* fill(rig);
        for (const part of rig.take().parts) part.discard();
        const kept = rig.take();
        for (const backend of rig.backends) {
          backend.notifyComplete(1);
          backend.notifyAborted(2);
          backend.notifyComplete(1);
        }
        yield* change(rig);
        const image = yield* rig.write(kept);
        same(rig.inspect(image), image.expected.contents(), 'the other snapshot');
        const now = yield* rig.image();
        same(rig.inspect(now), now.expected.contents(), 'the state');
        for (const backend of rig.backends) backend.close();
      },
    },
  ];
}

function* contents(rig: Rig): Coroutine<ReturnType<Rig['inspect']>> {
  return rig.inspect(yield* rig.image());
}
