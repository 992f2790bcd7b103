import { execFileSync } from 'node:child_process';
import { env as environment, execPath as nodePath } from 'node:process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Killed } from '../core/errors.ts';
import type { Probe } from '../core/facts.ts';
import type { Connection, Ports } from '../core/ports.ts';
import type { Coroutine } from '../core/waiting.ts';
import { Scratch } from './kernel/scratch.ts';
import { makeUniverse, type UniverseChanges } from './testing/make-universe.ts';
import type { Universe } from './universe.ts';

const MINUTE_US = 60_000_000;

/** A world in which everything draws. */
const ROUGH = {
  networkJitterUs: 500,
  objectStoreJitterUs: 5_000,
  haJitterUs: 2_000,
  brokerJitterUs: 700,
  diskJitterUs: 100,
  stepJitterUs: 30,
  slowActorPer1000: 300,
  slowFactor: 20,
  reorderPer1000: 300,
  reorderDelayUs: 400,
  clockOffsetMs: 5_000,
  clockDriftPpm: 300,
  lostReplyPer1000: 200,
  buggifySitePer1000: 500,
  buggifyFirePer1000: 300,
};

/** Three clients send numbers to a server, which stores each and answers; both sides use dice, buggify and timers. */
function converse(
  changes: UniverseChanges,
  firstByte = 1,
): { readonly universe: Universe; readonly log: readonly string[] } {
  const universe = makeUniverse({
    world: ROUGH,
    incidents: [
      { what: { kind: 'kill', process: 'client-2', restartAfterMs: 20 }, when: { kind: 'time', ms: 40 } },
      {
        what: { kind: 'kill', process: 'self', restartAfterMs: 30 },
        when: { kind: 'fact', fact: 'attemptRunning', nth: 5 },
      },
      {
        what: { kind: 'reset-connections', process: 'client-1' },
        when: { kind: 'port-call', process: 'server', nth: 12 },
      },
    ],
    ...changes,
  });
  const log: string[] = [];
  const note = (ports: Ports, line: string): void =>
    void log.push(`${ports.clock.now()} ${ports.self.process} ${line}`);
  universe.launch('host-0', 'server', (ports) => {
    let stored = 0;
    ports.network.listen('store', (connection) => {
      connection.onReceive((bytes) => {
        ports.probe.attemptRunning?.({ attempt: bytes[0] ?? 0 });
        ports.scope.spawn('put', put(connection, bytes));
      });
    });
    function* put(connection: Connection, bytes: Uint8Array): Coroutine<void> {
      const { kind } = yield* ports.objects.put(`object ${stored++}`, bytes);
      if (ports.buggify.fires('slow answer')) yield* ports.clock.sleep(3);
      note(ports, `${kind} ${bytes[0]}`);
      connection.send(Uint8Array.of((bytes[0] ?? 0) + 1));
    }
  });
  for (const name of ['client-1', 'client-2', 'client-3']) {
    universe.launch(name, name, (ports) => {
      function* talk(): Coroutine<void> {
        while (ports.clock.monotonic() < 300) {
          yield* ports.clock.sleep(5 + ports.random.below(5));
          try {
            const connection = yield* ports.network.connect({ host: 'host-0', service: 'store' });
            connection.onReceive((bytes) => note(ports, `heard ${bytes[0]}`));
            connection.send(Uint8Array.of(firstByte, ports.random.below(200)));
          } catch (error) {
            if (error instanceof Killed) throw error;
            note(ports, 'could not connect');
          }
        }
      }
      ports.scope.spawn('talk', talk());
    });
  }
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect(universe.crashes).toEqual([]);
  return { universe, log };
}

// ---- the whole run is a function of its options

it('gives the same run and the same digest for the same seed, and another one for another seed', () => {
  const digests = new Set<string>();
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const first = converse({ choices: { seed } });
      const again = converse({ choices: { seed } });
      expect(again.universe.digest).toBe(first.universe.digest);
      expect(again.log).toEqual(first.log);
      expect(first.log.length).toBeGreaterThan(20);
      digests.add(first.universe.digest);
    }),
    { seed: 1, numRuns: 20 },
  );
  expect(digests.size).toBeGreaterThan(15);
});

it('keeps its digest with other listeners, a used scratch, recording, and other universes before and inside', () => {
  const choices = { seed: 'invariant' };
  const { universe, log } = converse({ choices });
  const scratch = new Scratch();
  const heard: number[] = [];
  const listener: Probe = {
    attemptRunning: ({ attempt }) => {
      heard.push(attempt);
      if (heard.length === 3) converse({ choices: { seed: 'nested' }, scratch });
    },
  };
  for (const seed of ['before', 'another', 'one more']) converse({ choices: { seed }, scratch }).universe.close();
  const variants: UniverseChanges[] = [
    { scratch },
    { recordOverrides: true },
    { listeners: [listener, {}] },
    { scratch, listeners: [listener] },
  ];
  for (const variant of variants) {
    const other = converse({ choices, ...variant });
    expect([other.universe.digest, other.log]).toEqual([universe.digest, log]);
    other.universe.close();
  }
  expect(heard.length).toBeGreaterThan(3);
});

it('keeps its digest in every time zone and language', () => {
  // In processes of their own: a worker thread cannot change its time zone.
  const script = `
    import { makeUniverse } from './sim/testing/make-universe.ts';
    const universe = makeUniverse({ choices: { seed: 'I\u0307stanbul' }, world: { networkJitterUs: 900, clockOffsetMs: 9000 } });
    universe.launch('hôte', 'ı', ({ network, clock, objects }) => {
      network.listen('ß', () => undefined);
      for (const delay of [1.5, 10, 2]) clock.timer(delay, () => objects.put(String(clock.now()), Uint8Array.of(delay)));
    });
    universe.run(1e9);
    console.log(Intl.DateTimeFormat().resolvedOptions().timeZone, universe.digest, universe.objects.names(''));
  `;
  const output = ([TZ, LANG]: readonly [string, string]): string[] =>
    execFileSync(nodePath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
      encoding: 'utf8',
      env: { ...environment, TZ, LANG, LC_ALL: LANG },
    }).split(/ (.*)/s);
  const [[here, first], [there, second]] = [output(['UTC', 'C']), output(['America/St_Johns', 'tr_TR.UTF-8'])];
  expect([here, there]).toEqual(['UTC', 'America/St_Johns']);
  expect(first).toMatch(/^[0-9a-f]{16} /);
  expect(second).toBe(first);
});

it('changes its digest with one byte that a process sends', () => {
  const choices = { seed: 'byte' };
  // The byte is stored and echoed: no control flow depends on it.
  expect(converse({ choices }, 2).universe.digest).not.toBe(converse({ choices }, 1).universe.digest);
});

it('replays a seeded run from its overrides alone, and with nothing but calm choices without them', () => {
  const first = converse({ choices: { seed: 'explicit' }, recordOverrides: true });
  const overrides = first.universe.overrides();
  expect(overrides.length).toBeGreaterThan(50);
  const again = converse({ choices: { explicit: overrides }, recordOverrides: true });
  expect([again.universe.digest, again.log]).toEqual([first.universe.digest, first.log]);
  expect(again.universe.overrides()).toEqual(overrides);
  expect(converse({ choices: { explicit: [] }, recordOverrides: true }).universe.overrides()).toEqual([]);
});

it('calms one draw when its override is removed: no other draw of the run gets larger', () => {
  const overrides = converse({ choices: { seed: 'one less' }, recordOverrides: true }).universe.overrides();
  for (const removed of overrides.filter((_, at) => at % 97 === 0)) {
    const rest = overrides.filter((override) => override !== removed);
    const { universe } = converse({ choices: { explicit: rest }, recordOverrides: true });
    const largest = new Map(rest.map(({ label, k, value }) => [`${label} ${k}`, value]));
    for (const { label, k, value } of universe.overrides()) {
      expect(largest.get(`${label} ${k}`) ?? 0).toBeGreaterThanOrEqual(value);
    }
  }
});

// ---- what a kill leaves behind

it('makes every port of a killed process throw Killed without an effect, and drops its facts', () => {
  const heard: number[] = [];
  const universe = makeUniverse({
    listeners: [{ attemptRunning: ({ attempt }) => void heard.push(attempt) }],
    incidents: [{ what: { kind: 'kill', process: 'p', restartAfterMs: 1000 }, when: { kind: 'time', ms: 20 } }],
  });
  let ghost: Ports | undefined;
  let toGhost: Connection | undefined;
  universe.launch('host-2', 'q', ({ network }) => network.listen('service', () => undefined));
  universe.launch('host-1', 'p', (ports) => {
    if (ports.self.incarnation > 1) return;
    ghost = ports;
    ports.scope.spawn(
      'connect',
      (function* (): Coroutine<void> {
        toGhost = yield* ports.network.connect({ host: 'host-2', service: 'service' });
      })(),
    );
  });
  universe.run(50_000);
  const { clock, executor, scope, random, buggify, network, objects, ha, log, disk, probe } = ghost!;
  const before = [universe.digest, universe.kernel.events];
  const calls: readonly (() => unknown)[] = [
    () => clock.now(),
    () => clock.monotonic(),
    () => clock.timer(1, () => heard.push(-1)),
    () => clock.sleep(1),
    () => executor.actor('late', () => 'idle'),
    () =>
      scope.spawn(
        'late',
        (function* (): Coroutine<void> {
          heard.push(-2);
        })(),
      ),
    () => random.below(3),
    () => buggify.fires('site'),
    () => network.listen('late', () => undefined),
    () => network.connect({ host: 'host-2', service: 'service' }),
    () => toGhost!.send(Uint8Array.of(1)),
    () => objects.put('late', Uint8Array.of(1)),
    () => objects.get('late'),
    () => ha.compareAndSet('late', 0, Uint8Array.of(1)),
    () => ha.lease('late'),
    () => log.partitions('topic'),
    () => log.producer('late'),
    () => disk.append('late', Uint8Array.of(1)),
  ];
  for (const call of calls) expect(call, String(call)).toThrow(Killed);
  probe.attemptRunning?.({ attempt: 1 });
  scope.cancel();
  expect([universe.digest, universe.kernel.events]).toEqual(before);
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect([heard, universe.objects.names(''), universe.crashes]).toEqual([[], [], []]);
});

it('gives the finally blocks and catch clauses of a ghost no effect', () => {
  const heard: string[] = [];
  const universe = makeUniverse({
    listeners: [{ attemptFailed: ({ message }) => void heard.push(message), attemptRunning: () => undefined }],
    incidents: [
      {
        what: { kind: 'kill', process: 'self', restartAfterMs: 1000 },
        when: { kind: 'fact', fact: 'attemptRunning', nth: 1 },
      },
    ],
  });
  let swallowed = 0;
  universe.launch('host', 'p', ({ self, scope, clock, objects, probe }) => {
    if (self.incarnation > 1) return;
    scope.spawn(
      'work',
      (function* (): Coroutine<void> {
        yield* clock.sleep(1);
        try {
          probe.attemptRunning?.({ attempt: 1 });
          heard.push('behind the fact');
        } catch {
          swallowed++;
          probe.attemptFailed?.({ attempt: 1, message: 'of a ghost', fault: undefined });
        } finally {
          yield* objects.put('by a ghost', Uint8Array.of(1));
          heard.push('behind the put');
        }
      })(),
    );
  });
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect([swallowed, heard, universe.objects.names(''), universe.crashes]).toEqual([1, [], [], []]);
});

it('lets nothing into a dead process: timers, actors, sleeps and handlers of its earlier life stay silent', () => {
  const log: string[] = [];
  const universe = makeUniverse({
    incidents: [{ what: { kind: 'kill', process: 'p', restartAfterMs: 10 }, when: { kind: 'time', ms: 5 } }],
  });
  universe.launch('host', 'p', ({ self, executor, clock }) => {
    const note = (line: string): void => void log.push(`${line} ${self.incarnation}`);
    clock.timer(5, () => note('timer'));
    const actor = executor.actor('actor', () => (note('actor'), 'idle'));
    clock.timer(4, () => actor.wake());
    clock.timer(50, () => actor.wake());
  });
  universe.kernel.schedule(4_999, {
    id: universe.kernel.nextId(),
    fire: () => universe.enter('p', () => log.push('entered')),
  });
  universe.kernel.schedule(5_001, {
    id: universe.kernel.nextId(),
    fire: () => universe.enter('p', () => log.push('entered the dead')),
  });
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect(log).toEqual(['actor 1', 'entered', 'actor 2', 'timer 2', 'actor 2']);
});

it('tells listeners which process states a fact, and of every death in the event of it', () => {
  const log: string[] = [];
  const universe: Universe = makeUniverse({
    listeners: [{ attemptRunning: () => void log.push(`${universe.stating} at ${universe.nowUs}`) }],
    incidents: [{ what: { kind: 'kill', process: 'q', restartAfterMs: 5 }, when: { kind: 'time', ms: 2 } }],
  });
  universe.onDeath(({ process, cause }) => void log.push(`${process} ${cause} at ${universe.nowUs}`));
  for (const [name, delay] of [
    ['p', 1],
    ['q', 1],
    ['r', 3],
  ] as const) {
    universe.launch(
      'host',
      name,
      ({ clock, probe }) => void clock.timer(delay, () => probe.attemptRunning?.({ attempt: 1 })),
    );
  }
  universe.launch(
    'host',
    'bad',
    ({ clock }) =>
      void clock.timer(4, () => {
        throw new Error('bad');
      }),
  );
  universe.run(MINUTE_US);
  expect(log).toEqual(['p at 1000', 'q at 1000', 'q killed at 2000', 'r at 3000', 'bad crashed at 4000', 'q at 8000']);
});

// ---- crashes and bugs

it('ends a process by an error that escapes from a step, a timer or its main, and reports it', () => {
  const universe = makeUniverse();
  const failing = (message: string) => (): never => {
    throw new TypeError(message);
  };
  universe.launch('host', 'step', ({ executor }) => executor.actor('a', failing('in a step')).wake());
  universe.launch('host', 'timer', ({ clock }) => void clock.timer(7, failing('in a timer')));
  universe.launch('host', 'main', failing('in main'));
  universe.launch('host', 'fine', () => undefined);
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect(universe.crashes).toEqual([
    { process: 'main', incarnation: 1, atUs: 0, message: 'TypeError: in main' },
    { process: 'step', incarnation: 1, atUs: 0, message: 'TypeError: in a step' },
    { process: 'timer', incarnation: 1, atUs: 7000, message: 'TypeError: in a timer' },
  ]);
  expect(universe.deaths.map(({ process, cause }) => [process, cause])).toEqual([
    ['main', 'crashed'],
    ['step', 'crashed'],
    ['timer', 'crashed'],
  ]);
  expect([universe.isAlive('main'), universe.isAlive('fine')]).toEqual([false, true]);
});

it('ends the run with the error of a listener and blames no process for it', () => {
  const universe = makeUniverse({
    listeners: [
      {
        attemptRunning: () => {
          throw new Error('a law with a bug');
        },
      },
    ],
  });
  universe.launch('host', 'p', ({ clock, probe }) => void clock.timer(1, () => probe.attemptRunning?.({ attempt: 1 })));
  expect(() => universe.run(MINUTE_US)).toThrow('a law with a bug');
  expect([universe.crashes, universe.isAlive('p')]).toEqual([[], true]);
});

it('does not run once it is closed, and knows no two processes of one name', () => {
  const universe = makeUniverse();
  universe.launch('host', 'p', () => undefined);
  expect(() => universe.launch('host', 'p', () => undefined)).toThrow('two processes');
  universe.run(1);
  universe.close();
  universe.close();
  expect(() => universe.run(2)).toThrow('closed');
  expect(universe.digest).toMatch(/^[0-9a-f]{16}$/);
});

// ---- the end of a run

it('stops on request, at its deadline, or when no event is left', () => {
  const universe = makeUniverse();
  const ticks: number[] = [];
  universe.launch('host', 'p', ({ clock }) => {
    const tick = (): void => {
      ticks.push(clock.monotonic());
      if (ticks.length === 3) universe.stop();
      if (ticks.length < 6) clock.timer(10, tick);
    };
    tick();
  });
  expect([universe.run(15_000), universe.nowUs]).toEqual(['deadline', 10_000]);
  expect([universe.run(MINUTE_US), universe.nowUs]).toEqual(['stopped', 20_000]);
  expect([universe.run(MINUTE_US), universe.nowUs]).toEqual(['dry', 50_000]);
  expect(ticks).toEqual([0, 10, 20, 30, 40, 50]);
});

it('ends a run that spins at one instant', () => {
  const universe = makeUniverse({ world: { stepCostUs: 0 } });
  universe.launch('host', 'p', ({ executor }) => executor.actor('busy', () => 'more').wake());
  expect(universe.run(MINUTE_US, 10_000)).toBe('deadline');
  expect(universe.nowUs).toBe(0);
});

it('explains which process waits for which when no event is left', () => {
  const universe = makeUniverse({
    incidents: [{ what: { kind: 'kill', process: 'q', restartAfterMs: 10_000 }, when: { kind: 'time', ms: 4_120 } }],
  });
  universe.launch('host', 'p', ({ scope, clock }) => {
    scope.spawn(
      'boss',
      (function* (): Coroutine<void> {
        yield* scope.spawn(
          'worker',
          (function* (): Coroutine<void> {
            yield* clock.sleep(9_000_000);
          })(),
        );
      })(),
    );
  });
  universe.launch('host', 'q', () => undefined);
  expect(universe.whoWaits()).toEqual(['p: has not started', 'q: has not started']);
  expect(universe.run(MINUTE_US / 10)).toBe('deadline');
  expect(universe.whoWaits()).toEqual([
    'p: main/boss waits for end of main/worker',
    'p: main/worker waits for the end of a sleep of 9000000 ms',
    'q: killed at 4120 ms',
  ]);
});
