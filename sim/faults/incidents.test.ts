import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { IoError } from '../../core/errors.ts';
import type { Facts, Probe } from '../../core/facts.ts';
import type { Connection, Ports } from '../../core/ports.ts';
import { Deferred, type Coroutine } from '../../core/waiting.ts';
import { makeUniverse } from '../testing/make-universe.ts';
import type { Incident } from './incident.ts';
import { INCIDENTS, RATES } from './index.ts';
import type { Operator } from './vocabulary/define.ts';

const MINUTE_US = 60_000_000;

/** States `attemptRunning` every 10 ms with a rising attempt; a log of it over all incarnations. */
function stater(log: string[], name = 'p') {
  return ({ clock, probe, self }: Ports): void => {
    let attempt = 0;
    const tick = (): void => {
      attempt++;
      try {
        probe.attemptRunning?.({ attempt });
        log.push(`${name}${self.incarnation} stated ${attempt}`);
      } finally {
        log.push(`${name}${self.incarnation} left ${attempt}`);
      }
      if (attempt < 4) clock.timer(10, tick);
    };
    clock.timer(10, tick);
  };
}
const hearing = (log: string[]): Probe => ({
  attemptRunning: ({ attempt }: Facts['attemptRunning']) => log.push(`heard ${attempt}`),
});

it('a kill fires at its time and the process starts again after the delay', () => {
  const log: string[] = [];
  const universe = makeUniverse({
    incidents: [{ what: { kind: 'kill', process: 'p', restartAfterMs: 100 }, when: { kind: 'time', ms: 15 } }],
  });
  universe.launch('host', 'p', (ports) => {
    log.push(`started ${ports.self.incarnation} at ${ports.clock.monotonic()}`);
    ports.clock.timer(10, () => log.push(`10 ms after start ${ports.self.incarnation}`));
    ports.clock.timer(20, () => log.push(`20 ms after start ${ports.self.incarnation}`));
  });
  universe.run(50_000);
  expect([universe.isAlive('p'), universe.restartsPending, universe.whoWaits()]).toEqual([
    false,
    1,
    ['p: killed at 15 ms'],
  ]);
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect(log).toEqual([
    'started 1 at 0',
    '10 ms after start 1',
    'started 2 at 115',
    '10 ms after start 2',
    '20 ms after start 2',
  ]);
  expect(universe.deaths).toEqual([{ process: 'p', incarnation: 1, atUs: 15_000, cause: 'killed' }]);
  expect([universe.fired.get('kill'), universe.incidentsArmed, universe.restartsPending]).toEqual([1, 0, 0]);
  expect(universe.crashes).toEqual([]);
});

it('a power loss ends all processes of the host, and takes what was not synced', () => {
  const left: string[] = [];
  const power: string[] = [];
  const universe = makeUniverse({
    incidents: [{ what: { kind: 'power-loss', process: 'p', restartAfterMs: 20 }, when: { kind: 'time', ms: 50 } }],
  });
  universe.onPowerLost((process) => power.push(process));
  const write = function* ({ disk }: Ports, name: string): Coroutine<void> {
    yield* disk.append(`/d/${name}`, new Uint8Array(2));
    yield* disk.sync(`/d/${name}`);
    yield* disk.syncDirectory('/d');
    yield* disk.append(`/d/${name}`, new Uint8Array(3));
  };
  const look = function* ({ disk, self }: Ports): Coroutine<void> {
    for (const name of yield* disk.list('/d')) {
      left.push(`${self.process} finds ${name} of ${(yield* disk.read(`/d/${name}`, 0, 9)).length}`);
    }
  };
  for (const [host, process] of [
    ['dark', 'p'],
    ['dark', 'q'],
    ['lit', 'r'],
  ] as const) {
    universe.launch(host, process, (ports) => {
      ports.scope.spawn('main', ports.self.incarnation === 1 ? write(ports, process) : look(ports));
    });
  }
  universe.run(MINUTE_US);
  expect(universe.deaths.map(({ process, atUs }) => `${process} at ${atUs}`)).toEqual(['p at 50000', 'q at 50000']);
  expect(left.sort()).toEqual(['p finds p of 2', 'p finds q of 2', 'q finds p of 2', 'q finds q of 2']);
  expect(power).toEqual(['p', 'q']);
  expect(universe.isAlive('r')).toBe(true);
});

it('a kill at the n-th fact fires inside the statement, after the listeners were notified', () => {
  const log: string[] = [];
  const universe = makeUniverse({
    listeners: [hearing(log)],
    incidents: [
      {
        what: { kind: 'kill', process: 'self', restartAfterMs: 1 },
        when: { kind: 'fact', fact: 'attemptRunning', nth: 2 },
      },
    ],
  });
  universe.launch('host', 'p', stater(log));
  expect(universe.run(MINUTE_US)).toBe('dry');
  // The `finally` block of the ghost runs, because JavaScript runs it; the statement behind the fact does not.
  expect(log.slice(0, 5)).toEqual(['heard 1', 'p1 stated 1', 'p1 left 1', 'heard 2', 'p1 left 2']);
  expect(log.slice(5, 8)).toEqual(['heard 1', 'p2 stated 1', 'p2 left 1']);
  expect(log.at(-1)).toBe('p2 left 4');
  expect(universe.crashes).toEqual([]);
});

it('a kill at a fact that another process stated lets the speaker live', () => {
  const log: string[] = [];
  const universe = makeUniverse({
    incidents: [
      {
        what: { kind: 'kill', process: 'q', restartAfterMs: 5 },
        when: { kind: 'fact', fact: 'attemptRunning', nth: 3 },
      },
    ],
  });
  universe.launch('host-1', 'p', stater(log));
  universe.launch('host-2', 'q', () => undefined);
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect(log.filter((line) => line.includes('stated'))).toEqual([1, 2, 3, 4].map((n) => `p1 stated ${n}`));
  expect(universe.deaths).toMatchObject([{ process: 'q', atUs: 30_000 }]);
});

it('a fact trigger counts the facts that match its fields only, also below the top', () => {
  const killedAt = (where: Readonly<Record<string, string | number>>, nth: number): number[] => {
    const universe = makeUniverse({
      incidents: [
        {
          what: { kind: 'kill', process: 'self', restartAfterMs: 1 },
          when: { kind: 'fact', fact: 'snapshotTaken', nth, where },
        },
      ],
    });
    universe.launch('host', 'p', ({ clock, probe, self }) => {
      if (self.incarnation > 1) return;
      ['source', 'window', 'source', 'window'].forEach((vertex, at) => {
        const task = { vertex, subtask: at % 2, attempt: 1 };
        clock.timer(at + 1, () => probe.snapshotTaken?.({ task, checkpoint: Math.floor(at / 2), unaligned: false }));
      });
    });
    universe.run(MINUTE_US);
    return universe.deaths.map(({ atUs }) => atUs);
  };
  expect(killedAt({}, 3)).toEqual([3000]);
  expect(killedAt({ 'task.vertex': 'window' }, 1)).toEqual([2000]);
  expect(killedAt({ 'task.vertex': 'window', checkpoint: 1 }, 1)).toEqual([4000]);
  expect(killedAt({ 'task.subtask': 0 }, 2)).toEqual([3000]);
  expect(killedAt({ 'task.vertex': 'window' }, 3)).toEqual([]);
  expect(killedAt({ 'task.vertex.length': 6, nothing: 1 }, 1)).toEqual([]);
});

it('a kill at the n-th port call fires before the call has any effect', () => {
  const stored = (nth: number): readonly string[] => {
    const universe = makeUniverse({
      incidents: [
        { what: { kind: 'kill', process: 'p', restartAfterMs: 1 }, when: { kind: 'port-call', process: 'p', nth } },
      ],
    });
    universe.launch('host', 'p', ({ objects, self, scope }) => {
      if (self.incarnation > 1) return;
      scope.spawn(
        'writer',
        (function* (): Coroutine<void> {
          for (const name of ['a', 'b', 'c']) yield* objects.put(name, Uint8Array.of(1));
        })(),
      );
    });
    universe.run(MINUTE_US);
    expect(universe.deaths.length).toBe(nth <= 3 ? 1 : 0);
    return universe.objects.names('');
  };
  expect([1, 2, 3, 4].map(stored)).toEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'c']]);
});

it('counts port calls over all incarnations of a process', () => {
  const universe = makeUniverse({
    incidents: [2, 4].map((nth): Incident => ({
      what: { kind: 'kill', process: 'self', restartAfterMs: 10 },
      when: { kind: 'port-call', process: 'p', nth },
    })),
  });
  const log: string[] = [];
  universe.launch('host', 'p', ({ clock, self }) => {
    for (const call of [1, 2, 3]) clock.timer(call, () => log.push(`${self.incarnation}/${call}`));
  });
  universe.run(MINUTE_US);
  expect(universe.deaths.map(({ incarnation }) => incarnation)).toEqual([1, 2]);
  expect(log).toEqual(['3/1', '3/2', '3/3']);
});

it('an incident whose victim is dead or unknown does not fire', () => {
  const kill = (process: string, ms: number): Incident => ({
    what: { kind: 'kill', process, restartAfterMs: 10 },
    when: { kind: 'time', ms },
  });
  const universe = makeUniverse({ incidents: [kill('p', 5), kill('p', 6), kill('unknown', 7), kill('self', 8)] });
  universe.launch('host', 'p', ({ clock }) => void clock.timer(1, () => undefined));
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect([universe.deaths.length, universe.fired.get('kill')]).toEqual([1, 1]);
});

it('no incident fires after healing, and a pending restart still happens', () => {
  const universe = makeUniverse({
    incidents: [10, 20].map((ms): Incident => ({
      what: { kind: 'kill', process: 'p', restartAfterMs: 30 },
      when: { kind: 'time', ms },
    })),
  });
  universe.launch('host', 'p', () => undefined);
  universe.run(15_000);
  expect(universe.incidentsArmed).toBe(1);
  universe.heal();
  expect(universe.incidentsArmed).toBe(0);
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect([universe.deaths.length, universe.isAlive('p')]).toEqual([1, true]);
});

it('a lost session ends the lease of a process that lives on, until it is restarted', () => {
  const log: string[] = [];
  const universe = makeUniverse({
    incidents: [
      {
        what: { kind: 'lose-session', process: 'p', forMs: 30, restartAfterMs: 100 },
        when: { kind: 'time', ms: 50 },
      },
    ],
  });
  universe.launch('host', 'p', ({ clock, ha, scope, self }) => {
    const say = (what: string): number => log.push(`p${self.incarnation} ${what}`);
    scope.spawn(
      'lead',
      (function* (): Coroutine<void> {
        const lease = yield* ha.lease('leader');
        say(`leads with epoch ${lease.epoch}`);
        lease.onLost(() => {
          say('hears that it leads no more');
          clock.timer(10, () => say('lives on'));
        });
      })(),
    );
  });
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect(log).toEqual([
    'p1 leads with epoch 1',
    'p1 hears that it leads no more',
    'p1 lives on',
    'p2 leads with epoch 2',
  ]);
  expect(universe.deaths.map(({ atUs }) => atUs)).toEqual([80_000]);
  expect(universe.fired.get('lose-session')).toBe(1);
});

it('a reset closes the connections of the host at both ends', () => {
  const log: string[] = [];
  const universe = makeUniverse({
    incidents: [{ what: { kind: 'reset-connections', process: 'client' }, when: { kind: 'time', ms: 50 } }],
  });
  const watch = (name: string, connection: Connection): void => connection.onClosed(() => log.push(`${name} closed`));
  universe.launch('host-1', 'server', ({ network }) =>
    network.listen('echo', (connection) => watch('server', connection)),
  );
  universe.launch('host-2', 'client', ({ network, scope }) => {
    scope.spawn(
      'connect',
      (function* (): Coroutine<void> {
        watch('client', yield* network.connect({ host: 'host-1', service: 'echo' }));
        log.push('connected');
      })(),
    );
  });
  universe.run(49_000);
  expect(log).toEqual(['connected']);
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect([...log].sort()).toEqual(['client closed', 'connected', 'server closed']);
  expect([universe.isAlive('client'), universe.isAlive('server'), universe.fired.get('reset-connections')]).toEqual([
    true,
    true,
    1,
  ]);
});

/** Keeps what it is asked. */
function operatorOf(asked: string[]): Operator {
  return {
    rescale: (parallelism) => asked.push(`rescale ${parallelism}`),
    rescaleOperator: (vertex, parallelism) => asked.push(`rescale ${vertex} to ${parallelism}`),
    upgrade: (how: 'savepoint' | 'checkpoint', parallelism: number) => asked.push(`upgrade ${how} ${parallelism}`),
    savepoint: (kind) => asked.push(kind),
    query: (state, key) => asked.push(`query ${state} ${key}`),
    hostJoins: () => asked.push('host joins'),
    hostLeaves: (taskManager) => asked.push(`host of ${taskManager} leaves`),
  };
}

it('a rescale reaches the operator of the job', () => {
  const asked: string[] = [];
  const incidents: Incident[] = [
    { what: { kind: 'rescale', parallelism: 3 }, when: { kind: 'fact', fact: 'attemptRunning', nth: 2 } },
  ];
  const log: string[] = [];
  const universe = makeUniverse({ incidents });
  universe.launch('host', 'p', stater(log));
  universe.onOperation((ask) => {
    ask(operatorOf(asked));
    universe.enter('p', () => log.push('notified'));
  });
  universe.run(MINUTE_US);
  expect(asked).toEqual(['rescale 3']);
  // In an event of its own: the process had left the step in which it stated the fact.
  expect(log.indexOf('notified')).toBe(log.indexOf('p1 left 2') + 1);
  expect(universe.fired.get('rescale')).toBe(1);

  const unheard = makeUniverse({ incidents });
  unheard.launch('host', 'p', stater([]));
  unheard.run(MINUTE_US);
  expect(unheard.fired.size).toBe(0);
});

it('a rescale of one operator reaches the operator of the job', () => {
  const asked: string[] = [];
  const incidents: Incident[] = [
    { what: { kind: 'rescale-operator', vertex: 2, parallelism: 4 }, when: { kind: 'time', ms: 5 } },
  ];
  const universe = makeUniverse({ incidents });
  universe.onOperation((ask) => {
    ask(operatorOf(asked));
  });
  universe.run(MINUTE_US);
  expect([asked, universe.fired.get('rescale-operator')]).toEqual([['rescale 2 to 4'], 1]);
});

it('an upgrade reaches the operator of the job', () => {
  const asked: string[] = [];
  const incidents: Incident[] = [true, false].map((dirty, i) => ({
    what: { kind: 'upgrade', dirty, parallelism: 2 + i },
    when: { kind: 'fact', fact: 'attemptRunning', nth: 1 + i },
  }));
  const universe = makeUniverse({ incidents });
  universe.launch('host', 'p', stater([]));
  universe.onOperation((ask) => {
    ask(operatorOf(asked));
  });
  universe.run(MINUTE_US);
  expect(asked).toEqual(['upgrade checkpoint 2', 'upgrade savepoint 3']);
});

it('hosts that join and leave reach the operator of the cluster', () => {
  const whats: readonly Incident['what'][] = [
    { kind: 'host-joins' },
    { kind: 'host-leaves', process: 'taskmanager-2' },
    { kind: 'host-leaves', process: 'self' },
  ];
  const asked: string[] = [];
  const universe = makeUniverse({
    incidents: whats.map((what, index) => ({ what, when: { kind: 'fact', fact: 'attemptRunning', nth: 1 + index } })),
  });
  universe.launch('host', 'p', stater([]));
  universe.onOperation((ask) => {
    ask(operatorOf(asked));
  });
  universe.run(MINUTE_US);
  expect(asked).toEqual(['host joins', 'host of taskmanager-2 leaves', 'host of p leaves']);
});

it('a savepoint and a stop reach the operator of the job', () => {
  const whats: readonly Incident['what'][] = [
    { kind: 'savepoint' },
    { kind: 'stop', drain: true },
    { kind: 'stop', drain: false },
  ];
  const asked: string[] = [];
  const universe = makeUniverse({
    incidents: whats.map((what, index) => ({ what, when: { kind: 'time', ms: 5 + index } })),
  });
  universe.onOperation((ask) => {
    ask(operatorOf(asked));
  });
  universe.run(MINUTE_US);
  expect(asked).toEqual(['savepoint', 'drain', 'stop']);
  expect([universe.fired.get('savepoint'), universe.fired.get('stop')]).toEqual([1, 2]);
});

it('a lost result is one that is there', () => {
  const lose = (nth: number, ms: number): Incident => ({
    what: { kind: 'lost-result', nth },
    when: { kind: 'time', ms },
  });
  const universe = makeUniverse({ incidents: [lose(1, 1), lose(5, 20), lose(1, 30)] });
  universe.run(10_000);
  for (const name of ['batch/j/1/0/0-0/0', 'batch/j/1/0/0-1/0', 'j/checkpoint'])
    universe.objects.seed(name, Uint8Array.of(1));
  universe.run(25_000);
  // The 5th of two is the first; before there was one nothing happened.
  expect(universe.objects.names('')).toEqual(['batch/j/1/0/0-1/0', 'j/checkpoint']);
  universe.run(MINUTE_US);
  expect([universe.objects.names(''), universe.fired.get('lost-result')]).toEqual([['j/checkpoint'], 2]);
});

it('a lost object is one of a checkpoint, counted from the newest', () => {
  const lose = (nth: number, ms: number): Incident => ({
    what: { kind: 'lost-object', nth },
    when: { kind: 'time', ms },
  });
  const universe = makeUniverse({ incidents: [lose(1, 1), lose(2, 20), lose(2, 30), lose(1, 40)] });
  universe.run(10_000);
  const others = ['batch/j/1/0/0-0/0', 'files/2026/part-1', 'savepoints/j/1-9/metadata'];
  for (const name of ['j/1-1/map-0', 'j/1-shared/1/map-0-run-1', 'j/1-1/metadata', ...others])
    universe.objects.seed(name, Uint8Array.of(1));
  universe.run(25_000);
  expect(universe.objects.names('j/')).toEqual(['j/1-1/map-0', 'j/1-1/metadata']);
  expect(universe.objects.lost('j/1-shared/1/map-0-run-1')).toEqual(Uint8Array.of(1));
  universe.run(MINUTE_US);
  // Before there was one nothing happened.
  expect([universe.objects.names(''), universe.fired.get('lost-object')]).toEqual([others, 3]);
});

it('failed fetches are the next ones, and end when faults heal', () => {
  const failing = (fetches: number, ms: number): Incident => ({
    what: { kind: 'failed-fetch', fetches },
    when: { kind: 'time', ms },
  });
  const log: string[] = [];
  const universe = makeUniverse({ incidents: [failing(1, 10), failing(3, 20)] });
  universe.broker.createTopic('in', 1);
  universe.broker.seed('in', 0, [Uint8Array.of(7)]);
  universe.launch('host', 'p', ({ scope, clock, log: broker }) => {
    scope.spawn(
      'reader',
      (function* (): Coroutine<void> {
        for (let i = 0; i < 6; i++) {
          try {
            log.push(`${(yield* broker.fetch('in', 0, 0, 1)).records.length} read`);
          } catch (error) {
            log.push(error instanceof IoError ? 'failed' : String(error));
          }
          yield* clock.sleep(6);
        }
      })(),
    );
  });
  universe.run(28_000);
  universe.broker.heal();
  universe.run(MINUTE_US);
  expect(log).toEqual(['1 read', '1 read', 'failed', '1 read', 'failed', '1 read']);
});

it('failed reads are the next ones, and end when faults heal', () => {
  const failing = (reads: number, ms: number): Incident => ({
    what: { kind: 'failed-read', reads },
    when: { kind: 'time', ms },
  });
  const log: string[] = [];
  const universe = makeUniverse({ incidents: [failing(1, 10), failing(3, 20)] });
  universe.objects.seed('in/a', Uint8Array.of(7));
  universe.launch('host', 'p', ({ scope, clock, objects }) => {
    scope.spawn(
      'reader',
      (function* (): Coroutine<void> {
        for (let i = 0; i < 6; i++) {
          try {
            log.push(
              i % 2 === 0 ? `${(yield* objects.get('in/a'))?.length} byte` : (yield* objects.list('in/')).join(),
            );
          } catch (error) {
            log.push(error instanceof IoError ? error.message : String(error));
          }
          yield* clock.sleep(6);
        }
      })(),
    );
  });
  universe.run(28_000);
  universe.objects.heal();
  universe.run(MINUTE_US);
  const failed = (what: string): string => `the object store could not read ${what}`;
  expect(log).toEqual(['1 byte', failed('in/*'), failed('in/a'), 'in/a', '1 byte', 'in/a']);
});

it('a coroutine of a killed process never resumes, and its finally block does not run', () => {
  const log: string[] = [];
  const universe = makeUniverse({
    incidents: [{ what: { kind: 'kill', process: 'p', restartAfterMs: 1 }, when: { kind: 'time', ms: 5 } }],
  });
  universe.launch('host', 'p', ({ scope, clock, self }) => {
    if (self.incarnation > 1) return;
    const never = new Deferred<void>('nothing');
    scope.spawn(
      'waiter',
      (function* (): Coroutine<void> {
        try {
          yield* clock.sleep(10);
          yield* never;
        } finally {
          log.push('finally');
        }
      })(),
    );
  });
  universe.run(MINUTE_US);
  expect([log, universe.whoWaits()]).toEqual([[], []]);
});

it('a step moves the wall clock of the host, not its monotonic one', () => {
  const log: number[][] = [];
  const universe = makeUniverse({
    incidents: [7, -20].map((byMs, i): Incident => ({
      what: { kind: 'step-clock', process: 'p', byMs },
      when: { kind: 'time', ms: 15 + 10 * i },
    })),
  });
  const steps: string[] = [];
  universe.onClockStepped((process, byMs) => void steps.push(`${process} ${byMs} at ${universe.nowUs}`));
  let start = 0;
  universe.launch('host', 'beside', () => undefined);
  universe.launch('host', 'p', ({ clock }) => {
    start = clock.now();
    for (const after of [10, 20, 30]) clock.timer(after, () => log.push([clock.now() - start, clock.monotonic()]));
  });
  universe.launch('other', 'q', ({ clock }) => void clock.timer(40, () => log.push([clock.now() - start])));
  expect(universe.run(MINUTE_US)).toBe('dry');
  expect(log).toEqual([[10, 10], [27, 20], [17, 30], [40]]);
  expect(universe.fired.get('step-clock')).toBe(2);
  expect(steps).toEqual(['beside 7 at 15000', 'p 7 at 15000', 'beside -20 at 25000', 'p -20 at 25000']);
});

it('names, for each fault, a test that exists', () => {
  for (const { kind, test } of [...INCIDENTS, ...RATES]) {
    const [file, title] = test;
    expect(existsSync(file), file).toBe(true);
    expect(readFileSync(file, 'utf8'), kind).toContain(`it('${title}'`);
  }
});

it('an isolated host loses its connections and gets none until it heals', () => {
  const log: string[] = [];
  const universe = makeUniverse({
    incidents: [{ what: { kind: 'isolate', process: 'client', forMs: 40 }, when: { kind: 'time', ms: 50 } }],
  });
  universe.launch('host-1', 'server', ({ network }) => network.listen('echo', () => undefined));
  universe.launch('host-2', 'client', ({ network, scope, clock }) => {
    scope.spawn(
      'connect',
      (function* (): Coroutine<void> {
        for (;;) {
          try {
            const connection = yield* network.connect({ host: 'host-1', service: 'echo' });
            log.push('connected');
            const closed = new Deferred<void>('loss');
            connection.onClosed(() => closed.resolve());
            yield* closed;
            log.push('closed');
          } catch (error) {
            if (!(error instanceof IoError)) throw error;
            log.push('refused');
          }
          yield* clock.sleep(25);
        }
      })(),
    );
  });
  universe.run(89_000);
  expect(log).toEqual(['connected', 'closed', 'refused']);
  universe.run(200_000);
  expect(log).toEqual(['connected', 'closed', 'refused', 'connected']);
});

it('an isolation ends at the first fact of the kind that it names', () => {
  const universe = makeUniverse({
    incidents: [
      {
        what: { kind: 'isolate', process: 'server', forMs: 10_000, untilFact: 'attemptRunning' },
        when: { kind: 'time', ms: 1 },
      },
    ],
  });
  const log: string[] = [];
  universe.launch('host-1', 'server', ({ network }) => network.listen('echo', () => undefined));
  universe.launch('host-2', 'client', ({ network, scope, clock, probe }) => {
    scope.spawn(
      'connect',
      (function* (): Coroutine<void> {
        yield* clock.sleep(5);
        try {
          yield* network.connect({ host: 'host-1', service: 'echo' });
        } catch (error) {
          if (!(error instanceof IoError)) throw error;
          log.push('refused');
        }
        probe.attemptRunning?.({ attempt: 1 });
        yield* clock.sleep(1);
        yield* network.connect({ host: 'host-1', service: 'echo' });
        log.push('connected');
      })(),
    );
  });
  universe.run(1_000_000);
  expect(log).toEqual(['refused', 'connected']);
});

it('a query reaches the operator of the job', () => {
  const asked: string[] = [];
  const universe = makeUniverse({
    incidents: [{ what: { kind: 'query', state: 2, key: 5 }, when: { kind: 'time', ms: 3 } }],
  });
  universe.launch('host', 'p', stater([]));
  universe.onOperation((ask) => ask(operatorOf(asked)));
  universe.run(MINUTE_US);
  expect([asked, universe.fired.get('query')]).toEqual([['query 2 5'], 1]);
});
