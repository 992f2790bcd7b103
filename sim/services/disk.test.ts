import { expect, it } from 'vitest';
import type { Disk } from '../../core/ports.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { SimChoices } from '../kernel/choices.ts';
import { EventQueue } from '../kernel/event-queue.ts';
import { SimKernel } from '../kernel/kernel.ts';
import { LiveProcess } from '../kernel/process.ts';
import type { Override } from '../kernel/types.ts';
import { calmWorld } from '../world-config.ts';
import { bytes, failure, text } from '../contract.ts';
import { diskContract, whole } from './testing/disk.contract.ts';
import { judgeRecords, writeRecords } from './testing/disk-crash.contract.ts';
import { type DiskConfig, type DiskFault, SimDisk } from './disk.ts';
import { Stage } from './testing/stage.ts';

for (const { law, check } of diskContract) {
  it(`disk: ${law}`, () => {
    new Stage().play((_, driver) => check(driver.disk));
  });
  it(`disk under jitter, with short reads: ${law}`, () => {
    for (const seed of ['1', '2', '3']) {
      const world = { diskJitterUs: 1_000, diskShortReadPer1000: 700 };
      new Stage({ world, choices: { seed } }).play((_, driver) => check(driver.disk));
    }
  });
}

it('a short read returns less than is there, and at least one byte', () => {
  const world = { diskShortReadPer1000: 1 };
  const label = 'disk@host-driver/short-read';
  const explicit = [
    { label, k: 0, value: 1 },
    { label, k: 2, value: 1 },
    { label, k: 3, value: 99 },
  ];
  new Stage({ world, choices: { explicit } }).play(function* (_stage, { disk }) {
    yield* disk.append('/f', bytes('abcde'));
    expect(text(yield* disk.read('/f', 0, 5))).toBe('abcd');
    expect(text(yield* disk.read('/f', 0, 5))).toBe('a');
    expect(text(yield* disk.read('/f', 0, 5))).toBe('abcde');
    expect(text(yield* disk.read('/f', 0, 1))).toBe('a');
  });
});

it('reads fail, bits rot, appends find no room, and requests stall, until faults heal', () => {
  const at = (what: string, k: number, value: number) => ({ label: `disk@host-driver/${what}`, k, value });
  const world = {
    diskReadErrorPpm: 1,
    diskBitRotPer1000: 1,
    diskFullPer1000: 1,
    diskStallPpm: 1,
    diskStallMs: 40,
  };
  const explicit = [
    at('full', 1, 999),
    // The second append that there is room for, its bit 8: the first one of `d`.
    at('bit-rot', 1, 999),
    at('bit-rot', 2, 8),
    at('read-error', 1, 999_999),
    at('stall', 6, 999_999),
    ...Array.from({ length: 20 }, (_, i) => at('full', 3 + i, 999)),
  ];
  const stage = new Stage({ world, choices: { explicit } });
  stage.play(function* (_stage, { disk }) {
    yield* disk.append('/f', bytes('ab'));
    expect(yield* failure(disk.append('/f', bytes('xx')), 'append')).toBe('IoError');
    yield* disk.append('/f', bytes('cd'));
    expect(text(yield* disk.read('/f', 0, 4))).toBe('abce');
    expect(yield* failure(disk.read('/f', 0, 4), 'read')).toBe('IoError');
    // A sector that cannot be read stays so; a read of no bytes does not meet it.
    expect(() => disk.readNow('/f', 2, 1)).toThrow(/input\/output error/);
    expect(text(disk.readNow('/f', 0, 0))).toBe('');
    const from = stage.universe.nowUs;
    yield* disk.list('/');
    expect(stage.universe.nowUs - from).toBeGreaterThanOrEqual(40_000);
    expect(yield* failure(disk.append('/f', bytes('ef')), 'append')).toBe('IoError');
    stage.universe.heal();
    yield* disk.append('/f', bytes('ef'));
    expect(yield* failure(disk.read('/f', 0, 6), 'read')).toBe('IoError');
    yield* disk.append('/g', bytes('ef'));
    expect(text(yield* disk.read('/g', 0, 6))).toBe('ef');
  });
});

it('a misdirected append leaves zeros in its place and overwrites another, not beyond the end there', () => {
  const at = (k: number, value: number) => ({ label: 'disk@host-driver/misdirected', k, value });
  // The third append; into the first file, from its byte 1 on. Then the fourth; into the second, from its byte 0 on.
  const explicit = [at(2, 999), at(3, 0), at(4, 1), at(5, 999), at(6, 1), at(7, 0)];
  const stage = new Stage({ world: { diskMisdirectedPer1000: 1 }, choices: { explicit } });
  stage.play(function* (_stage, { disk }) {
    yield* disk.append('/f', bytes('abc'));
    yield* disk.append('/g', bytes('g'));
    yield* disk.append('/g', bytes('xyz'));
    expect(text(yield* disk.read('/f', 0, 9))).toBe('axy');
    expect(text(yield* disk.read('/g', 0, 9))).toBe('g\0\0\0');
    yield* disk.append('/g', bytes('hi'));
    expect(text(yield* disk.read('/g', 0, 9))).toBe('hi\0\0\0\0');
  });
});

it('the kill of a process keeps the page cache, and what it had asked for still happens', () => {
  const stage = new Stage({
    world: { diskLatencyUs: 4_000 },
    incidents: [{ what: { kind: 'kill', process: 'one', restartAfterMs: 50 }, when: { kind: 'time', ms: 101 } }],
  });
  stage.play(function* (_stage, { clock }) {
    yield* stage.ports('one').disk.append('/f', bytes('ab'));
    yield* clock.sleep(100 - stage.universe.nowUs / 1000);
    const append = stage.ports('one').disk.append('/f', bytes('c'));
    yield* clock.sleep(100);
    expect(append.settled).toBe(false);
    expect(yield* whole(stage.ports('one').disk, '/f')).toBe('abc');
  });
});

it('a process that is killed in the middle of its writes leaves what was synced, and of the rest a part in order', () => {
  const length = 6;
  for (const ms of [103, 107, 112, 119]) {
    const incidents = [
      { what: { kind: 'kill', process: 'one', restartAfterMs: 50 }, when: { kind: 'time', ms } },
    ] as const;
    const stage = new Stage({
      world: { diskLatencyUs: 700, diskJitterUs: 900 },
      choices: { seed: `${ms}` },
      incidents,
    });
    stage.play(function* (_stage, { clock }) {
      const writer = stage.ports('one');
      let synced = 0;
      writer.scope.spawn(
        'writer',
        writeRecords(writer.disk, { count: 1_000, length }, (record) => {
          synced = record;
        }),
      );
      yield* clock.sleep(300);
      expect(synced).toBeGreaterThan(1);
      expect(yield* judgeRecords(stage.ports('one').disk, length, synced)).toBe(0);
    });
  }
});

it('a blocking read puts off the next step of its actor, even one that is asked for before; what the step sends leaves in time', () => {
  for (const readMs of [0, 7]) {
    const stage = new Stage({ world: { diskLatencyUs: readMs * 1000, stepCostUs: 10 } });
    const times: number[] = [];
    const others: number[] = [];
    stage.play(function* (_stage, { disk, executor, clock }) {
      yield* disk.append('/f', bytes('abc'));
      yield* clock.sleep(100 - stage.universe.nowUs / 1000);
      const other = executor.actor('other', () => {
        others.push(stage.universe.nowUs - 100_000);
        return 'idle';
      });
      const reader = executor.actor('reader', () => {
        times.push(stage.universe.nowUs - 100_000);
        if (times.length > 1) return 'idle';
        reader.wake();
        if (readMs > 0) expect(text(disk.readNow('/f', 0, 2))).toBe('ab');
        expect(stage.universe.nowUs - 100_000).toBe(times[0]);
        other.wake();
        return 'more';
      });
      reader.wake();
      yield* clock.sleep(100);
    });
    const [first = NaN] = times;
    expect(times).toEqual([first, first + 10 + readMs * 1000]);
    expect(others).toEqual([first]);
  }
});

it('a blocking read outside of steps delays nothing', () => {
  const stage = new Stage({ world: { diskLatencyUs: 5_000, stepCostUs: 10 } });
  stage.play(function* (_stage, { disk, executor, clock }) {
    yield* disk.append('/f', bytes('abc'));
    yield* clock.sleep(10);
    let stepped = 0;
    const actor = executor.actor('next', () => {
      stepped = stage.universe.nowUs;
      return 'idle';
    });
    let fired = 0;
    clock.timer(10, () => {
      fired = stage.universe.nowUs;
      disk.readNow('/f', 0, 1);
      actor.wake();
    });
    yield* clock.sleep(20);
    expect([stepped > 0, stepped]).toEqual([true, fired]);
  });
});

it('a blocking read is a port call: a kill may fire at it, it may be short, and it is part of the digest', () => {
  const digests = [1, 2, 3].map((length) => {
    const stage = new Stage();
    stage.play(function* (_stage, { disk }) {
      yield* disk.append('/f', bytes('abcd'));
      disk.readNow('/f', 1, length);
    });
    return stage.universe.digest;
  });
  expect(new Set(digests).size).toBe(3);

  const killed = new Stage({
    incidents: [
      {
        what: { kind: 'kill', process: 'one', restartAfterMs: 5 },
        when: { kind: 'port-call', process: 'one', nth: 3 },
      },
    ],
  });
  const read: string[] = [];
  killed.play(function* (_stage, { clock }) {
    const { disk, scope } = killed.ports('one');
    scope.spawn(
      'reader',
      (function* () {
        yield* disk.append('/f', bytes('ab'));
        for (let n = 0; n < 3; n++) read.push(text(disk.readNow('/f', 0, 2)));
      })(),
    );
    yield* clock.sleep(100);
  });
  expect([read, killed.universe.deaths.map(({ process }) => process)]).toEqual([['ab'], ['one']]);

  const label = 'disk@host-driver/short-read';
  const explicit = [{ label, k: 0, value: 1 }];
  new Stage({ world: { diskShortReadPer1000: 1 }, choices: { explicit } }).play(function* (_stage, { disk }) {
    yield* disk.append('/f', bytes('abcde'));
    expect([text(disk.readNow('/f', 0, 5)), text(disk.readNow('/f', 0, 5))]).toEqual(['abcd', 'abcde']);
  });
});

/** A host that loses power: a disk, and a new process before and after. */
class DarkHost {
  readonly #kernel = new SimKernel(new EventQueue());
  readonly #disk: SimDisk;
  #process: LiveProcess;

  constructor(world: Partial<DiskConfig> = {}, explicit: readonly Override[] = [], faults: DiskFault[] = []) {
    const context = { kernel: this.#kernel, choices: new SimChoices({ explicit }, this.#kernel) };
    this.#disk = new SimDisk(context, { ...calmWorld, ...world }, 'h', (what) => faults.push(what));
    this.#process = this.#start();
  }

  run(body: (disk: Disk) => Coroutine<void>): void {
    const coroutine = body(this.#disk.door(this.#process));
    for (let step = coroutine.next(); step.done !== true; step = coroutine.next()) this.#kernel.step();
  }

  /** Fires while the last request is under way. */
  powerLoss(): void {
    this.#process.kill();
    this.#disk.powerLoss();
    while (this.#kernel.step());
    this.#process = this.#start();
  }

  #start(): LiveProcess {
    const host = { name: 'h', wallMs: () => 0, monotonicMs: () => 0, delayUs: (ms: number) => ms * 1000 };
    return new LiveProcess('p', host, 1, this.#kernel, { portCalled: () => undefined, died: () => undefined });
  }
}

it('a power loss keeps exactly what was synced, of files whose names were synced', () => {
  const host = new DarkHost();
  host.run(function* (disk) {
    for (const name of ['synced', 'content-only', 'name-only']) yield* disk.append(`/d/${name}`, bytes('abc'));
    yield* disk.sync('/d/synced');
    yield* disk.syncDirectory('/d');
    yield* disk.append('/d/synced', bytes('def'));
    yield* disk.append('/d/content-only-late', bytes('abc'));
    yield* disk.sync('/d/content-only-late');
  });
  host.powerLoss();
  host.run(function* (disk) {
    expect(yield* disk.list('/d')).toEqual(['content-only', 'name-only', 'synced']);
    expect(yield* whole(disk, '/d/synced')).toBe('abc');
    expect(yield* whole(disk, '/d/name-only')).toBe('');
    yield* disk.append('/d/synced', bytes('xyz'));
    expect(yield* whole(disk, '/d/synced')).toBe('abcxyz');
  });
});

it('a rename or removal survives a power loss only after the directory was synced', () => {
  const host = new DarkHost();
  host.run(function* (disk) {
    for (const [path, content] of [
      ['/d/f', 'old'],
      ['/d/g', 'g'],
      ['/d/new', 'new'],
    ] as const) {
      yield* disk.append(path, bytes(content));
      yield* disk.sync(path);
    }
    yield* disk.syncDirectory('/d');
    yield* disk.rename('/d/new', '/d/f');
    yield* disk.remove('/d/g');
  });
  host.powerLoss();
  host.run(function* (disk) {
    expect(yield* disk.list('/d')).toEqual(['f', 'g', 'new']);
    expect(yield* whole(disk, '/d/f')).toBe('old');
    yield* disk.rename('/d/new', '/d/f');
    yield* disk.remove('/d/g');
    yield* disk.syncDirectory('/d');
  });
  host.powerLoss();
  host.run(function* (disk) {
    expect(yield* disk.list('/d')).toEqual(['f']);
    expect(yield* whole(disk, '/d/f')).toBe('new');
  });
});

it('a request that is under way at a power loss never takes effect', () => {
  const host = new DarkHost();
  host.run(function* (disk) {
    yield* disk.append('/d/f', bytes('abc'));
    yield* disk.syncDirectory('/d');
    disk.sync('/d/f');
  });
  host.powerLoss();
  host.run(function* (disk) {
    expect(yield* whole(disk, '/d/f')).toBe('');
  });
});

const SECTOR = 512;
const content = (file: number, length: number): Uint8Array => new Uint8Array(length).fill(file);
function* allOf(disk: Disk, path: string): Coroutine<string> {
  const text = yield* whole(disk, path);
  return Array.from(text, (char) => char.charCodeAt(0)).join('');
}

it('a power loss may leave what was not synced: all of it, some sectors, the first names', () => {
  const at = (k: number, value: number): Override => ({ label: 'disk@h/written-back', k, value });
  const faults: DiskFault[] = [];
  // Names: the first two of three changes. Then of each file whether something is left, what, and how much of it.
  const names = [at(0, 999), at(1, 1)];
  const all = [at(2, 999), at(3, 0)];
  const first = [at(4, 999), at(5, 1), at(6, 1)];
  const host = new DarkHost({ diskWrittenBackPer1000: 1 }, [...names, ...all, ...first], faults);
  host.run(function* (disk) {
    yield* disk.append('/d/a', content(1, 3));
    yield* disk.append('/d/b', content(2, 2 * SECTOR));
    yield* disk.append('/d/c', content(3, 3));
  });
  host.powerLoss();
  host.run(function* (disk) {
    expect(yield* disk.list('/d')).toEqual(['a', 'b']);
    expect(yield* allOf(disk, '/d/a')).toBe('111');
    expect(yield* allOf(disk, '/d/b')).toBe('2'.repeat(SECTOR));
  });
  expect(faults).toEqual(['written-back', 'written-back', 'written-back']);
});

it('a torn write may have a later sector and not an earlier one, and is durable from then on', () => {
  const at = (k: number, value: number): Override => ({ label: 'disk@h/written-back', k, value });
  const host = new DarkHost({ diskWrittenBackPer1000: 1 }, [at(0, 999), at(1, 2), at(2, 0)]);
  host.run(function* (disk) {
    yield* disk.append('/d/a', content(1, 4));
    yield* disk.sync('/d/a');
    yield* disk.syncDirectory('/d');
    yield* disk.append('/d/a', content(2, SECTOR + 2));
  });
  const left = `1111${'0'.repeat(SECTOR)}22`;
  for (let times = 0; times < 2; times++) {
    host.powerLoss();
    host.run(function* (disk) {
      expect(yield* allOf(disk, '/d/a')).toBe(left);
    });
  }
});

it('a rename is there after a power loss as a whole or not at all, and what was changed after it is not without it', () => {
  for (const [kept, names] of [
    [0, ['f', 'new']],
    [1, ['f']],
    [2, ['f', 'g']],
  ] as const) {
    const at = (k: number, value: number): Override => ({ label: 'disk@h/written-back', k, value });
    const host = new DarkHost({ diskWrittenBackPer1000: 1 }, kept === 0 ? [] : [at(0, 999), at(1, kept - 1)]);
    host.run(function* (disk) {
      for (const name of ['f', 'new']) {
        yield* disk.append(`/d/${name}`, bytes(name));
        yield* disk.sync(`/d/${name}`);
      }
      yield* disk.syncDirectory('/d');
      yield* disk.rename('/d/new', '/d/f');
      yield* disk.append('/d/g', bytes('g'));
    });
    host.powerLoss();
    host.run(function* (disk) {
      expect(yield* disk.list('/d')).toEqual(names);
      expect(yield* whole(disk, '/d/f')).toBe(kept === 0 ? 'f' : 'new');
    });
  }
});

it('a sync that has failed says the next time that all is well, and a power loss shows that it is not', () => {
  const faults: DiskFault[] = [];
  const fails: Override = { label: 'disk@h/sync-fail', k: 1, value: 999 };
  const host = new DarkHost({ diskSyncFailPer1000: 1 }, [fails], faults);
  host.run(function* (disk) {
    yield* disk.append('/d/a', content(1, 2));
    yield* disk.sync('/d/a');
    yield* disk.syncDirectory('/d');
    yield* disk.append('/d/a', content(2, 3));
    expect(yield* failure(disk.sync('/d/a'), 'sync')).toBe('IoError');
    yield* disk.sync('/d/a');
    yield* disk.append('/d/a', content(3, 1));
    yield* disk.sync('/d/a');
    expect(yield* allOf(disk, '/d/a')).toBe('112223');
  });
  host.powerLoss();
  host.run(function* (disk) {
    expect(yield* allOf(disk, '/d/a')).toBe('110003');
  });
  expect(faults).toEqual(['sync-failed', 'sync-lied']);
});
