import { expect, it } from 'vitest';
import type { Incident } from '../../../sim/faults/incident.ts';
import { makeUniverse, type UniverseChanges } from '../../../sim/testing/make-universe.ts';
import type { TaskId } from '../../facts.ts';
import type { Disk, Ports } from '../../ports.ts';
import { IoError } from '../../errors.ts';
import { copiesDirectory, sweepUpTo } from '../../state/host-files.ts';
import { crc32 } from '../../values/checksum.ts';
import { type Coroutine, Deferred } from '../../waiting.ts';
import type { LocalRestore } from '../restore/task-restore.ts';
import type { LocalCopies } from './local-copies.ts';
import { LocalStore } from './local-store.ts';

const RANGE = { start: 0, end: 7 };
const MINUTE_US = 60_000_000;
/** Each request to the disk takes a millisecond. */
const MILLISECOND = { diskLatencyUs: 1_000 };

const task = (attempt: number, subtask = 0): TaskId => ({ vertex: 'count/1', subtask, attempt });
const content = (object: string): Uint8Array => new TextEncoder().encode(`bytes of ${object}`);
const handle = (objects: readonly string[]) => [{ first: 0, last: 7, objects: [...objects], own: [] }];
const written = (objects: readonly string[]) => new Map(objects.map((object) => [object, content(object)]));

/** What metadata says of a checkpoint that an attempt took. */
const restored = (checkpoint: number, attempt: number, objects: readonly string[]): LocalRestore => ({
  checkpoint,
  attempt,
  objects: objects.map((object) => ({ object, checksum: crc32(content(object)) })),
});

class Host {
  readonly log: string[] = [];
  readonly universe;

  constructor(main: (host: Host, ports: Ports) => Coroutine<void>, changes: UniverseChanges = {}) {
    this.universe = makeUniverse({ world: MILLISECOND, ...changes });
    this.universe.listen({
      localCopyKept: ({ checkpoint, objects }) => this.log.push(`kept ${checkpoint}: ${objects.join(' ')}`),
      localCopyFailed: ({ checkpoint }) => this.log.push(`failed ${checkpoint}`),
      localManifest: ({ event }) => {
        if (event === 'damaged') this.log.push('manifest damaged');
      },
      localCopyRead: ({ object, outcome }) => this.log.push(`${object} ${outcome}`),
    });
    this.universe.launch('host', 'p', (ports) => {
      ports.scope.spawn('main', main(this, ports));
    });
    this.universe.run(MINUTE_US);
  }
}

function open(ports: Ports, attempt: number, from: LocalRestore | null = null, range = RANGE): LocalCopies {
  const store = new LocalStore(ports, 'job', attempt, ports.scope);
  const copies = store.copiesOf(task(attempt), range, from);
  store.open();
  return copies;
}

/** Longer than all that is under way takes. */
const REST_MS = 200;

function* names({ disk, clock }: Ports): Coroutine<string> {
  yield* clock.sleep(REST_MS);
  return (yield* disk.list('local/job')).map((name) => name.replace('count%2F1', 'v')).join(' ');
}

it('what one attempt keeps of a checkpoint the next one reads, bytes and all, and once more if it fails', () => {
  const host = new Host(function* ({ log }, ports) {
    const first = open(ports, 1);
    expect(first.keep(7, handle(['a', 'b']), written(['a', 'b']))).toEqual(
      ['a', 'b'].map((name) => crc32(content(name))),
    );
    first.notifyComplete(7);
    log.push(yield* names(ports));
    for (const attempt of [2, 3]) {
      const next = open(ports, attempt, restored(7, 1, ['a', 'b']));
      expect(yield* next.read('b')).toEqual(content('b'));
      expect(yield* next.read('a')).toEqual(content('a'));
      log.push(yield* names(ports));
    }
  });
  const files = '1-v-0.1 1-v-0.2 1-v-0.manifest';
  expect(host.log).toEqual(['kept 7: a b', files, 'b taken', 'a taken', files, 'b taken', 'a taken', files]);
});

it('of what lies in the metadata of the checkpoint no copy is kept', () => {
  const host = new Host(function* ({ log }, ports) {
    const first = open(ports, 1);
    expect(first.keep(7, handle(['a', 'b']), written(['b']), [{ object: 'a' }])).toEqual([-1, crc32(content('b'))]);
    first.notifyComplete(7);
    log.push(yield* names(ports));
    // All of it: there is nothing to write down.
    expect(first.keep(8, handle(['a']), written([]), [{ object: 'a' }])).toEqual([-1]);
    yield* names(ports);
    const next = open(ports, 2, restored(7, 1, ['b']));
    expect(yield* next.read('b')).toEqual(content('b'));
  });
  expect(host.log).toEqual(['kept 7: b', '1-v-0.1 1-v-0.manifest', 'b taken']);
});

it.each<[string, LocalRestore | null, typeof RANGE, readonly string[]]>([
  ['that is not the newest of its attempt', restored(6, 1, ['a']), RANGE, ['a none', '']],
  ['of another attempt', restored(7, 4, ['a']), RANGE, ['a none', '']],
  ['of other key groups', restored(7, 1, ['a']), { start: 0, end: 6 }, ['a none', '']],
  ['of which the metadata says nothing', null, RANGE, ['a none', '']],
  [
    'with another checksum in the metadata',
    { ...restored(7, 1, ['a']), objects: [{ object: 'a', checksum: 5 }] },
    RANGE,
    ['a damaged', '1-v-0.1 1-v-0.manifest'],
  ],
  [
    'whose checksum nobody knows',
    { ...restored(7, 1, ['a']), objects: [{ object: 'a', checksum: -1 }] },
    RANGE,
    ['a none', '1-v-0.1 1-v-0.manifest'],
  ],
])('no copy is taken of a checkpoint %s', (_, from, range, said) => {
  const host = new Host(function* ({ log }, ports) {
    const first = open(ports, 1);
    first.keep(7, handle(['a']), written(['a']));
    yield* names(ports);
    const next = open(ports, 2, from, range);
    expect(yield* next.read('a')).toBeUndefined();
    log.push(yield* names(ports));
  });
  expect(host.log).toEqual(['kept 7: a', ...said]);
});

it('a file stays while a checkpoint that may be restored names it, over attempts', () => {
  const host = new Host(function* ({ log }, ports) {
    const first = open(ports, 1);
    first.keep(1, handle(['run-1']), written(['run-1']));
    first.notifyComplete(1);
    yield* names(ports);
    first.keep(2, handle(['run-1', 'run-2']), written(['run-2']));
    first.notifyComplete(2);
    log.push(yield* names(ports));
    const second = open(ports, 2, restored(2, 1, ['run-1', 'run-2']));
    yield* second.read('run-1');
    second.keep(3, handle(['run-2', 'run-3']), written(['run-3']));
    log.push(yield* names(ports));
    second.notifyComplete(3);
    log.push(yield* names(ports));
    second.keep(4, handle(['run-3']), written([]));
    second.notifyAborted(4);
    second.keep(5, handle(['run-3', 'run-5']), written(['run-5']));
    second.notifyComplete(5);
    log.push(yield* names(ports));
    const third = open(ports, 3, restored(5, 2, ['run-3', 'run-5']));
    yield* third.read('run-5');
    ports.scope.spawn('end', sweepUpTo(ports.disk, copiesDirectory('job'), 3));
    log.push(yield* names(ports));
  });
  expect(host.log).toEqual([
    'kept 1: run-1',
    'kept 2: run-1 run-2',
    '1-v-0.1 1-v-0.3 1-v-0.manifest',
    'run-1 taken',
    'kept 3: run-2 run-3',
    '1-v-0.1 1-v-0.3 1-v-0.manifest 2-v-0.1 2-v-0.manifest',
    '1-v-0.3 2-v-0.1 2-v-0.manifest',
    'kept 5: run-3 run-5',
    '2-v-0.1 2-v-0.3 2-v-0.manifest',
    'run-5 taken',
    '',
  ]);
});

it('a disk that has no room, or whose sync fails, keeps no copy, and nothing is left of it', () => {
  for (const label of ['full', 'sync-fail']) {
    const world = { ...MILLISECOND, diskFullPer1000: 1, diskSyncFailPer1000: 1 };
    const explicit = [{ label: `disk@host/${label}`, k: 1, value: 999 }];
    const host = new Host(
      function* ({ log }, ports) {
        const first = open(ports, 1);
        first.keep(1, handle(['a', 'b']), written(['a', 'b']));
        log.push(yield* names(ports));
        first.keep(2, handle(['a', 'c']), written(['a', 'c']));
        log.push(yield* names(ports));
      },
      { world, choices: { explicit } },
    );
    expect(host.log[0]).toBe('failed 1');
    expect(host.log[1]).toBe('');
    expect(host.log[2]).toBe('kept 2: a c');
  }
});

it('a copy that has rotted, or is gone, is not taken; a manifest that has rotted names none', () => {
  const rots = (k: number) => ({
    world: { ...MILLISECOND, diskBitRotPer1000: 1 },
    choices: { explicit: [{ label: 'disk@host/bit-rot', k, value: 999 }] },
  });
  const main = function* (_: Host, ports: Ports): Coroutine<void> {
    const first = open(ports, 1);
    first.keep(1, handle(['a', 'b']), written(['a', 'b']));
    yield* names(ports);
    const next = open(ports, 2, restored(1, 1, ['a', 'b']));
    yield* next.read('a');
    ports.disk.remove('local/job/1-count%2F1-0.2');
    yield* next.read('b');
  };
  expect(new Host(main, rots(0)).log).toEqual(['kept 1: a b', 'a damaged', 'b unreadable']);
  // Draws: one a request, and which bit of the one that rots.
  expect(new Host(main, rots(2)).log).toEqual(['kept 1: a b', 'manifest damaged', 'a none', 'b none']);
});

it('a copy that could not be written in time is written with the next checkpoint that names its object; after an error it is not', () => {
  const host = new Host(function* ({ log }, ports) {
    const first = open(ports, 1);
    first.keep(1, handle(['run-1']), written(['run-1']));
    first.keep(2, handle(['run-1', 'run-2']), written(['run-2']));
    // What is written is over by then.
    first.notifyComplete(1);
    first.notifyComplete(2);
    log.push(yield* names(ports));
  });
  expect(host.log).toEqual(['kept 2: run-1 run-2', '1-v-0.1 1-v-0.2 1-v-0.manifest']);
  const explicit = [{ label: 'disk@host/full', k: 0, value: 999 }];
  const full = new Host(
    function* ({ log }, ports) {
      const first = open(ports, 1);
      first.keep(1, handle(['run-1']), written(['run-1']));
      log.push(yield* names(ports));
      first.keep(2, handle(['run-1', 'run-2']), written(['run-2']));
      yield* names(ports);
    },
    { world: { ...MILLISECOND, diskFullPer1000: 1 }, choices: { explicit } },
  );
  expect(full.log).toEqual(['failed 1', '', 'kept 2: run-2']);
});

it('after an error between the rename of a manifest and the sync of its name no file goes that either manifest names', () => {
  const host = new Host(function* ({ log }, ports) {
    let fails = false;
    const failing = Object.create(ports.disk, {
      syncDirectory: {
        value: (path: string) => {
          const answer = new Deferred<void>('a sync that fails');
          if (!fails) return ports.disk.syncDirectory(path);
          answer.reject(new IoError('the directory cannot be synced'));
          return answer;
        },
      },
    }) as Disk;
    for (const name of ['append', 'sync', 'rename', 'remove', 'list', 'read'] as const)
      Object.defineProperty(failing, name, { value: ports.disk[name].bind(ports.disk) });
    const first = open({ ...ports, disk: failing }, 1);
    first.keep(1, handle(['a']), written(['a']));
    yield* names(ports);
    fails = true;
    first.keep(2, handle(['b']), written(['b']));
    log.push(yield* names(ports));
    fails = false;
    first.keep(3, handle(['c']), written(['c']));
    first.notifyComplete(3);
    log.push(yield* names(ports));
    const next = open(ports, 2, restored(3, 1, ['c']));
    expect(yield* next.read('c')).toEqual(content('c'));
  });
  expect(host.log).toEqual([
    'kept 1: a',
    'failed 2',
    '1-v-0.1 1-v-0.3 1-v-0.manifest',
    'kept 3: c',
    '1-v-0.3 1-v-0.5 1-v-0.manifest',
    'c taken',
  ]);
});

it('a power loss at any moment leaves what was stated as kept, whatever else it leaves', () => {
  const outcomes = new Set<string>();
  const own = (checkpoint: number): readonly string[] => ['shared', `own-${checkpoint}`];
  const story = (ms: number, seed: string, target: number): void => {
    const what = { kind: 'power-loss', process: 'p', restartAfterMs: 5 } as const;
    const incidents: readonly Incident[] = [{ what, when: { kind: 'time', ms } }];
    const main = function* ({ log }: Host, ports: Ports): Coroutine<void> {
      if (ports.self.incarnation === 1) {
        const first = open(ports, 1);
        for (const checkpoint of [1, 2, 3])
          first.keep(
            checkpoint,
            handle(own(checkpoint)),
            written(checkpoint === 1 ? own(1) : own(checkpoint).slice(1)),
          );
        return;
      }
      const wasKept = log.some((line) => line.startsWith(`kept ${target}`));
      const next = open(ports, 2, restored(target, 1, own(target)));
      for (const object of own(target)) {
        const bytes = yield* next.read(object);
        if (bytes !== undefined) expect(bytes).toEqual(content(object));
        else expect([ms, target, object, wasKept]).toEqual([ms, target, object, false]);
        outcomes.add(`${target} ${wasKept ? 'kept' : 'not stated'}: ${bytes === undefined ? 'not there' : 'there'}`);
      }
    };
    const world = { ...MILLISECOND, diskWrittenBackPer1000: 600 };
    expect(new Host(main, { world, choices: { seed }, incidents }).universe.crashes).toEqual([]);
  };
  for (let ms = 1; ms <= 30; ms++)
    for (const seed of ['x', 'y', 'z']) for (const target of [1, 2, 3]) story(ms, seed, target);
  expect([...outcomes].sort()).toEqual(
    [1, 2, 3].flatMap((target) => [
      `${target} kept: there`,
      `${target} not stated: not there`,
      `${target} not stated: there`,
    ]),
  );
});
