/**
 * What every state backend promises (core/state/backend.ts). Run each clause as a test:
 *
 *     for (const { name, check } of stateBackendContract(myBackend)) it(name, check);
 *
 * Verified: reads and writes of each kind of state, order of map entries and keys, timers, snapshots that later writes do not
 * change, restores into other parallelisms, floors, states that no one registers, types, failed reads, admission, and that
 * `inspect` says what a fresh backend holds after a restore. Left out: memory budgets, local files that are left behind,
 * incremental bases (`notifyComplete`), and how long anything takes. Whether `inspect` shares code with the backend is a
 * matter of imports.
 */
import type { Disk, Ports } from '../../core/ports.ts';
import { EngineBug, IoError, JobError } from '../../core/errors.ts';
import { int32, int64, string } from '../../core/job/types.ts';
import type { StateBackend } from '../../core/state/backend.ts';
import { compareBytes, toBytes } from '../../core/values/serializers.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { type Clause, same } from '../../sim/contract.ts';
import type { WorldConfig } from '../../sim/world-config.ts';
import { type ContractClause, inWorld } from './connector-world.ts';
import { change, fill, thrownBy } from './state-backend-changes.ts';
import { snapshots } from './state-backend-snapshots.ts';
import { type Domain, groupOf, KEYS, MAX_PARALLELISM, Rig, WINDOWS } from './state-backend-rig.ts';

/** A disk that keeps its caller waiting, and reads less than it was asked for now and then. */
const SLOW_DISK: Partial<WorldConfig> = { diskJitterUs: 500, diskShortReadPer1000: 300 };

/** A fresh backend for every clause. The disk below /contract is empty. */
export function stateBackendContract(make: StateBackend): readonly ContractClause[] {
  return [...turns(make), ...snapshots(make), ...waits(make)].map(({ law, check }) => ({
    name: law,
    check: () => {
      inWorld({ seed: 'contract', world: SLOW_DISK }, ({ ports }) => check(ports));
    },
  }));
}

function turns(make: StateBackend): readonly Clause<Ports>[] {
  return [
    {
      law: 'a value is kept per key and namespace, and is what was put last',
      *check(ports) {
        const rig = new Rig(make, ports, 'values', 2);
        yield* fill(rig);
        yield* change(rig);
        for (const key of KEYS) {
          for (const namespace of WINDOWS) {
            same(rig.value(key, namespace), rig.expected.get('value', key, namespace), `value of ${key}`);
          }
          same(rig.list(key), rig.expected.get('list', key, undefined), `list of ${key}`);
          yield* rig.admitted();
        }
      },
    },
    {
      law: 'map entries come in bytewise order of the serialized keys, as of the call',
      *check(ports) {
        const rig = new Rig(make, ports, 'maps');
        yield* fill(rig);
        const before = rig.pairs('a');
        same(before, rig.expected.pairs('a'), 'entries');
        rig.putPair('a', 77, 'later');
        rig.putPair('a', 3, undefined);
        same(before.length, 4, 'entries of before');
        yield* rig.admitted();
        same(rig.pairs('a'), rig.expected.pairs('a'), 'entries after writes');
        const map = rig.at('a').mapTable('map', int32, string);
        same([map.get(77), map.has(77), map.get(3), map.has(3)], ['later', true, undefined, false], 'single entries');
        rig.clearMap('a');
        same([rig.pairs('a'), map.has(77)], [[], false], 'after clear');
      },
    },
    {
      law: 'the keys of a state come once each, in bytewise order of their serialized form',
      *check(ports) {
        const rig = new Rig(make, ports, 'keys');
        yield* fill(rig);
        yield* change(rig);
        const having = (state: string): readonly string[] =>
          KEYS.filter((key) =>
            rig.expected.entries.some((entry) => entry.state === state && entry.key === key),
          ).toSorted((a, b) => compareBytes(toBytes(string, a), toBytes(string, b)));
        for (const state of ['value', 'list', 'map', 'none']) {
          same(rig.backends[0]?.keysOf(state), having(state), `keys of ${state}`);
        }
      },
    },
    {
      law: 'keys to clean up have something in the state, are of the group of the current key, and all of them come by',
      *check(ports) {
        const rig = new Rig(make, ports, 'some-keys');
        yield* fill(rig);
        yield* change(rig);
        for (const state of ['value', 'list', 'map', 'none']) {
          const named = new Set<unknown>();
          const having = KEYS.filter((key) => rig.expected.entries.some((e) => e.state === state && e.key === key));
          for (let round = 0; round < 3 * KEYS.length; round++) {
            for (const current of KEYS) {
              const some = rig.at(current).someKeysOf(state, 2);
              same(some.length <= 2, true, `at most two keys of ${state}`);
              for (const key of some) {
                same(
                  [having.includes(String(key)), groupOf(String(key))],
                  [true, groupOf(current)],
                  `a key of ${state}`,
                );
                named.add(key);
              }
            }
            yield* rig.admitted();
          }
          same(
            [...named].sort((a, b) => (String(a) < String(b) ? -1 : 1)),
            having.toSorted(),
            `all keys of ${state}`,
          );
        }
      },
    },
    {
      law: 'timers are a set, leave in order, and only those of eligible key groups',
      *check(ports) {
        const rig = new Rig(make, ports, 'timers', 2);
        yield* fill(rig);
        same(rig.addTimer('event', -1, 'a', undefined), false, 'a timer that is there');
        same(rig.addTimer('event', -1, 'a', WINDOWS[1]), true, 'another namespace');
        same(rig.removeTimer('event', 12_345, 'a', undefined), false, 'removal of none');
        same(rig.removeTimer('event', -1, 'a', undefined), true, 'removal');
        for (const domain of ['event', 'processing'] as const) {
          for (const isEligible of [(group: number) => group % 2 === 0, () => true]) {
            for (const upTo of [-3, 7, 2_000]) yield* polled(rig, domain, upTo, isEligible);
          }
          same(
            rig.backends.map((backend) => backend.timers(domain).head() ?? null),
            [null, null],
            'no timer is left',
          );
        }
      },
    },
    {
      law: 'a key of another range is refused, and so is state without a key',
      *check(ports) {
        yield* [];
        const rig = new Rig(make, ports, 'ranges', 2);
        for (const key of KEYS) {
          for (const backend of rig.backends) {
            const isIn = groupOf(key) >= backend.range.start && groupOf(key) <= backend.range.end;
            const outcome = thrownBy(() => {
              backend.setCurrentKey(key);
            });
            same(outcome instanceof EngineBug, !isIn, `key ${key} in ${backend.range.start}-${backend.range.end}`);
            if (isIn) same([backend.currentKey, backend.currentKeyGroup], [key, groupOf(key)], 'current key');
          }
        }
        const fresh = new Rig(make, ports, 'fresh').backends[0];
        same(thrownBy(() => fresh?.table('value', int32).get(undefined)) instanceof EngineBug, true, 'no key');
      },
    },
    {
      law: 'a state keeps its type',
      *check(ports) {
        yield* [];
        const backend = new Rig(make, ports, 'types').at('a');
        backend.table('value', int32).put(undefined, 1);
        same(backend.table('value', { ...int32 }).get(undefined), 1, 'an equal type');
        same(thrownBy(() => backend.table('value', int64)) instanceof JobError, true, 'another type');
        same(thrownBy(() => backend.mapTable('value', int32, int32)) instanceof JobError, true, 'another kind');
      },
    },
  ];
}

function* polled(rig: Rig, domain: Domain, upTo: number, isEligible: (group: number) => boolean): Coroutine<void> {
  for (const backend of rig.backends) {
    const { start, end } = backend.range;
    const isOwn = (group: number): boolean => group >= start && group <= end;
    const queue = backend.timers(domain);
    for (;;) {
      same(queue.head() ?? null, rig.expected.due(domain, Infinity, isOwn)?.timestamp ?? null, 'least timer');
      const due = rig.expected.due(domain, upTo, (group) => isOwn(group) && isEligible(group));
      const timer = queue.poll(upTo, isEligible);
      same(
        timer && [timer.timestamp, timer.key, timer.keyGroup, timer.namespace],
        due && [due.timestamp, due.key, groupOf(String(due.key)), due.namespace],
        `timer of ${domain} up to ${upTo}`,
      );
      if (due === undefined) break;
      rig.expected.setTimer(due, false);
      yield* rig.admitted();
    }
  }
}

function waits(make: StateBackend): readonly Clause<Ports>[] {
  return [
    {
      law: 'admission settles, however much one turn has written, and state stays what it was',
      *check(ports) {
        const rig = new Rig(make, ports, 'admit');
        for (let round = 0; round < 3; round++) {
          for (let at = 0; at < 200; at++) rig.putPair(KEYS[at % KEYS.length] ?? '', at, `${round}-${at}`);
          // The sync part may come while the task waits: it is no turn.
          rig.backends[0]?.admit();
          const taken = rig.take();
          yield* rig.admitted();
          for (const key of KEYS) same(rig.pairs(key), rig.expected.pairs(key), `entries of ${key}`);
          const image = yield* rig.write(taken);
          same(rig.inspect(image), image.expected.contents(), 'snapshot');
        }
      },
    },
    {
      law: 'a read that fails throws, and marks the backend for good',
      *check(ports) {
        let broken = false;
        const disk: Disk = {
          ...delegating(ports.disk),
          readNow: (path, at, length) => {
            if (broken) throw new IoError('the disk is broken');
            return ports.disk.readNow(path, at, length);
          },
        };
        const rig = new Rig(make, ports, 'broken', 1, disk);
        yield* fill(rig);
        const [backend] = rig.backends;
        same(backend?.failure === undefined, true, 'no failure before');
        broken = true;
        const errors = KEYS.map((key) => thrownBy(() => [rig.value(key, undefined), rig.list(key), rig.pairs(key)]));
        const thrown = errors.find((error) => error !== undefined);
        same(thrown === undefined || thrown instanceof IoError, true, 'an IoError');
        same(backend?.failure === undefined, thrown === undefined, 'failure iff a read has thrown');
        broken = false;
        same(backend?.failure === undefined, thrown === undefined, 'failure once the disk is well again');
      },
    },
    {
      law: 'random operations, snapshots and rescales hold what plain lists hold',
      *check(ports) {
        for (let seed = 1; seed <= 6; seed++) yield* walk(make, ports, seed);
      },
    },
  ];
}

function* walk(make: StateBackend, ports: Ports, seed: number): Coroutine<void> {
  let state = seed;
  const below = (n: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % n;
  };
  let rig = new Rig(make, ports, `walk-${seed}`, 1 + below(MAX_PARALLELISM));
  const pending: ReturnType<Rig['take']>[] = [];
  for (let step = 0; step < 150; step++) {
    const key = KEYS[below(KEYS.length)] ?? '';
    const namespace = WINDOWS[below(WINDOWS.length)];
    const domain = below(2) === 0 ? 'event' : 'processing';
    const kind = below(12);
    if (kind < 3) rig.put(key, namespace, below(3) === 0 ? undefined : step);
    else if (kind < 6) rig.putPair(key, below(6), below(3) === 0 ? undefined : `${step}`);
    else if (kind === 6) rig.clearMap(key);
    else if (kind === 7) rig.addTimer(domain, below(9), key, namespace);
    else if (kind === 8) rig.removeTimer(domain, below(9), key, namespace);
    else if (kind === 9) yield* polled(rig, domain, below(9), (group) => group % 3 !== step % 3);
    else if (kind === 10) pending.push(rig.take((group) => step + group));
    else if (below(3) === 0) {
      const image = yield* rig.image(() => step);
      same(rig.inspect(image), image.expected.contents(), `seed ${seed}, step ${step}: snapshot`);
      rig = yield* rig.restored(image, `walk-${seed}-${step}`, 1 + below(MAX_PARALLELISM));
      pending.length = 0;
    }
    if (below(4) > 0) yield* rig.admitted();
    same(rig.value(key, namespace), rig.expected.get('value', key, namespace), `seed ${seed}, step ${step}: value`);
    same(rig.pairs(key), rig.expected.pairs(key), `seed ${seed}, step ${step}: entries`);
  }
  for (const taken of pending) {
    const image = yield* rig.write(taken);
    same(rig.inspect(image), image.expected.contents(), `seed ${seed}: an old snapshot`);
  }
}

function delegating(disk: Disk): Disk {
  return {
    read: (path, at, length) => disk.read(path, at, length),
    readNow: (path, at, length) => disk.readNow(path, at, length),
    append: (path, bytes) => disk.append(path, bytes),
    sync: (path) => disk.sync(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    list: (directory) => disk.list(directory),
  };
}
