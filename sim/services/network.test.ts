import { expect, it } from 'vitest';
import type { Connection } from '../../core/ports.ts';
import { Deferred } from '../../core/waiting.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { SimChoices } from '../kernel/choices.ts';
import { EventQueue } from '../kernel/event-queue.ts';
import { SimKernel } from '../kernel/kernel.ts';
import { LiveProcess } from '../kernel/process.ts';
import { calmWorld } from '../world-config.ts';
import { bytes, text } from '../contract.ts';
import { networkContract } from './testing/network.contract.ts';
import { SimNetwork } from './network.ts';
import { Stage } from './testing/stage.ts';

for (const { law, check } of networkContract) {
  const play = (stage: Stage): void => {
    stage.play(() =>
      check({ client: stage.ports('one').network, server: stage.ports('other').network, serverHost: 'host-other' }),
    );
  };
  it(`network: ${law}`, () => {
    play(new Stage());
  });
  it(`network under jitter: ${law}`, () => {
    for (const seed of ['1', '2', '3']) play(new Stage({ world: { networkJitterUs: 3_000 }, choices: { seed } }));
  });
  it(`network with slow links: ${law}`, () => {
    const world = { networkJitterUs: 3_000, slowLinkPer1000: 500, slowLinkUs: 10_000 };
    for (const seed of ['1', '2', '3']) play(new Stage({ world, choices: { seed } }));
  });
}

interface Wire {
  readonly near: Connection;
  readonly far: Connection;
  readonly atNear: string[];
  readonly atFar: string[];
}

/** A connection from `one` to a host, with what both ends hear. */
function* wire(stage: Stage, to: 'one' | 'other'): Coroutine<Wire> {
  const accepted = new Deferred<Connection>('a connection');
  stage.ports(to).network.listen('rpc', (connection) => accepted.resolve(connection));
  const near = yield* stage.ports('one').network.connect({ host: `host-${to}`, service: 'rpc' });
  const far = yield* accepted;
  return { near, far, atNear: hearing(near), atFar: hearing(far) };
}

function hearing(connection: Connection): string[] {
  const heard: string[] = [];
  connection.onReceive((message) => heard.push(text(message)));
  connection.onClosed(() => heard.push('closed'));
  return heard;
}

const kill = (process: string, ms: number) =>
  ({ what: { kind: 'kill', process, restartAfterMs: 1_000 }, when: { kind: 'time', ms } }) as const;

it('messages of one connection keep their order under any jitter; connections overtake each other', () => {
  const stage = new Stage({ world: { networkLatencyUs: 100, networkJitterUs: 10_000 }, choices: { seed: 'order' } });
  stage.play(function* (_stage, { clock }) {
    const all: string[] = [];
    stage.ports('other').network.listen('rpc', (connection) => connection.onReceive((of) => all.push(text(of))));
    const to = { host: 'host-other', service: 'rpc' };
    const [a, b] = [yield* stage.ports('one').network.connect(to), yield* stage.ports('one').network.connect(to)];
    const sent = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
    for (const name of sent) {
      a.send(bytes(`a${name}`));
      b.send(bytes(`b${name}`));
      yield* clock.sleep(1);
    }
    yield* clock.sleep(100);
    for (const connection of ['a', 'b']) {
      expect(all.filter((message) => message.startsWith(connection))).toEqual(sent.map((name) => connection + name));
    }
    expect(all).not.toEqual(sent.flatMap((name) => [`a${name}`, `b${name}`]));
  });
});

it('a slow link delays every message both ways, in order; which link is slow is drawn once for each', () => {
  const label = 'slow-link/network/host-one>host-other/rpc';
  const stage = new Stage({
    world: { networkLatencyUs: 1_000, slowLinkPer1000: 1, slowLinkUs: 20_000 },
    choices: { explicit: [{ label, k: 1, value: 1 }] },
  });
  stage.play(function* (_stage, { clock }) {
    const heard: string[] = [];
    stage.ports('other').network.listen('rpc', (connection) => {
      connection.onReceive((message) => {
        heard.push(`${text(message)} at ${clock.monotonic() - started}`);
        connection.send(bytes(`re ${text(message)}`));
      });
    });
    const to = { host: 'host-other', service: 'rpc' };
    const links = [yield* stage.ports('one').network.connect(to), yield* stage.ports('one').network.connect(to)];
    const started = clock.monotonic();
    for (const [index, link] of links.entries()) {
      link.onReceive((message) => heard.push(`${text(message)} at ${clock.monotonic() - started}`));
      for (const n of [0, 1]) link.send(bytes(`${index}/${n}`));
    }
    yield* clock.sleep(100);
    const expected = (index: number, there: number) =>
      [0, 1].flatMap((n) => [`${index}/${n} at ${there}`, `re ${index}/${n} at ${2 * there}`]);
    expect([...heard].sort()).toEqual([...expected(0, 1), ...expected(1, 21)].sort());
    expect(heard.filter((line) => line.startsWith('1/'))).toEqual(['1/0 at 21', '1/1 at 21']);
  });
});

it('no link is slow once faults have healed, and what is under way on one comes before what is sent then', () => {
  const world = { networkLatencyUs: 1_000, slowLinkPer1000: 1_000, slowLinkUs: 20_000 };
  const stage = new Stage({ choices: { seed: 'slow' }, world });
  stage.play(function* (_stage, { clock }) {
    const heard: string[] = [];
    stage.ports('other').network.listen('rpc', (connection) => {
      connection.onReceive((message) => heard.push(`${text(message)} at ${clock.monotonic() - started}`));
    });
    const to = { host: 'host-other', service: 'rpc' };
    const link = yield* stage.ports('one').network.connect(to);
    let started = clock.monotonic();
    link.send(bytes('slow'));
    stage.universe.heal();
    link.send(bytes('behind it'));
    yield* clock.sleep(100);
    const later = yield* stage.ports('one').network.connect(to);
    started = clock.monotonic();
    for (const each of [link, later]) each.send(bytes('usual'));
    yield* clock.sleep(100);
    expect(heard).toEqual(['slow at 21', 'behind it at 21', 'usual at 1', 'usual at 1']);
  });
});

it('a share of links is slow', () => {
  const slow = (per1000: number): number => {
    const stage = new Stage({ world: { slowLinkPer1000: per1000, slowLinkUs: 50_000 }, choices: { seed: 'links' } });
    let count = 0;
    stage.play(function* (_stage, { clock }) {
      stage
        .ports('other')
        .network.listen('rpc', (connection) => connection.onReceive(() => connection.send(bytes('re'))));
      for (let i = 0; i < 60; i++) {
        const link = yield* stage.ports('one').network.connect({ host: 'host-other', service: 'rpc' });
        const sent = clock.monotonic();
        const answer = new Deferred<void>('the answer');
        link.onReceive(() => answer.resolve());
        link.send(bytes('message'));
        yield* answer;
        if (clock.monotonic() - sent > 50) count++;
      }
    });
    return count;
  };
  expect([slow(0), slow(1000)]).toEqual([0, 60]);
  const some = slow(300);
  expect(some).toBeGreaterThan(8);
  expect(some).toBeLessThan(30);
});

it('a message that was slow holds up those behind it, not those of other connections', () => {
  const label = 'network/host-one>host-other/rpc';
  const stage = new Stage({
    world: { networkLatencyUs: 100, networkJitterUs: 5_000 },
    choices: { explicit: [{ label, k: 2, value: 5_000 }] }, // draws 0 and 1 are those of the two connects
  });
  stage.play(function* ({ universe }, { clock }) {
    const arrivals: [string, number][] = [];
    stage
      .ports('other')
      .network.listen('rpc', (connection) =>
        connection.onReceive((message) => arrivals.push([text(message), universe.nowUs - sentUs])),
      );
    const to = { host: 'host-other', service: 'rpc' };
    const [a, b] = [yield* stage.ports('one').network.connect(to), yield* stage.ports('one').network.connect(to)];
    const sentUs = universe.nowUs;
    a.send(bytes('a slow'));
    a.send(bytes('a behind'));
    b.send(bytes('b'));
    yield* clock.sleep(100);
    expect(arrivals).toEqual([
      ['b', 100],
      ['a slow', 5_100],
      ['a behind', 5_100],
    ]);
  });
});

it('without jitter a message takes the latency', () => {
  const stage = new Stage({ world: { networkLatencyUs: 700, stepCostUs: 0 } });
  stage.play(function* ({ universe }) {
    const { near, far } = yield* wire(stage, 'other');
    const arrived = new Deferred<number>('a message');
    far.onReceive(() => arrived.resolve(universe.nowUs));
    const sentUs = universe.nowUs;
    near.send(bytes('x'));
    expect((yield* arrived) - sentUs).toBe(700);
  });
});

it('a reset drops what is in flight both ways; both sides see one close', () => {
  new Stage().play(function* (stage, { clock }) {
    const { near, far, atNear, atFar } = yield* wire(stage, 'other');
    near.send(bytes('delivered'));
    yield* clock.sleep(10);
    near.send(bytes('lost'));
    far.send(bytes('lost too'));
    stage.universe.network.resetHost('host-other');
    near.send(bytes('after'));
    near.close();
    yield* clock.sleep(10);
    stage.universe.network.resetHost('host-one');
    yield* clock.sleep(10);
    expect([atNear, atFar]).toEqual([['closed'], ['delivered', 'closed']]);
  });
});

it('a reset cuts no connection within the host, nor one between other hosts', () => {
  new Stage().play(function* (stage, { clock }) {
    const within = yield* wire(stage, 'one');
    const between = yield* wire(stage, 'other');
    stage.universe.network.resetHost('host-driver');
    between.near.send(bytes('still there'));
    yield* clock.sleep(10);
    stage.universe.network.resetHost('host-one');
    within.near.send(bytes('still here'));
    yield* clock.sleep(10);
    expect(within.atFar).toEqual(['still here']);
    expect(between.atFar).toEqual(['still there', 'closed']);
  });
});

it('the death of a process drops what it has in flight, and its peers see a close', () => {
  const stage = new Stage({ world: { networkLatencyUs: 5_000 }, incidents: [kill('one', 102)] });
  stage.play(function* (_stage, { clock }) {
    const { near, far, atNear, atFar } = yield* wire(stage, 'other');
    near.send(bytes('long before'));
    yield* clock.sleep(100 - stage.universe.nowUs / 1000);
    near.send(bytes('in flight at the death'));
    far.send(bytes('to the dead'));
    yield* clock.sleep(100);
    expect([atNear, atFar]).toEqual([[], ['long before', 'closed']]);
    expect(() => near.send(bytes('of a ghost'))).toThrow('one');
  });
});

it('a service ends with its process; the next incarnation can offer it again', () => {
  const stage = new Stage({ incidents: [kill('other', 100)] });
  stage.play(function* (_stage, { clock }) {
    yield* wire(stage, 'other');
    yield* clock.sleep(200);
    const refused = stage.ports('one').network.connect({ host: 'host-other', service: 'rpc' });
    yield* clock.sleep(10);
    expect(() => refused.take()).toThrow('no process listens');
    yield* clock.sleep(2_000);
    const { near, atFar } = yield* wire(stage, 'other');
    near.send(bytes('hello again'));
    yield* clock.sleep(10);
    expect(atFar).toEqual(['hello again']);
  });
});

it.each([
  ['before it is asked', 101, 'no process listens'],
  ['after it has accepted', 107, 'lost while it was made'],
])('a connection to a process that dies %s fails', (_, ms, message) => {
  const stage = new Stage({ world: { networkLatencyUs: 5_000 }, incidents: [kill('other', ms)] });
  stage.play(function* (_stage, { clock }) {
    stage.ports('other').network.listen('rpc', () => undefined);
    yield* clock.sleep(100);
    const connecting = stage.ports('one').network.connect({ host: 'host-other', service: 'rpc' });
    yield* clock.sleep(100);
    expect(() => connecting.take()).toThrow(message);
  });
});

it.each([
  ['before the other side is asked: it accepts nothing', 101, []],
  ['after the other side has accepted: that hears a close', 107, ['closed']],
])('who connects dies %s', (_, ms, heard) => {
  const stage = new Stage({ world: { networkLatencyUs: 5_000 }, incidents: [kill('one', ms)] });
  stage.play(function* (_stage, { clock }) {
    const accepted: string[][] = [];
    stage.ports('other').network.listen('rpc', (connection) => accepted.push(hearing(connection)));
    yield* clock.sleep(100);
    stage.ports('one').network.connect({ host: 'host-other', service: 'rpc' });
    yield* clock.sleep(100);
    expect(accepted.flat()).toEqual(heard);
    expect(accepted.length).toBe(heard.length);
  });
});

it('a close that comes before its handler is kept for it', () => {
  new Stage().play(function* (stage, { clock }) {
    stage.ports('other').network.listen('rpc', (connection) => {
      connection.send(bytes('bye'));
      connection.close();
    });
    const near = yield* stage.ports('one').network.connect({ host: 'host-other', service: 'rpc' });
    yield* clock.sleep(10);
    const heard: string[] = [];
    near.onClosed(() => heard.push('closed'));
    yield* clock.sleep(10);
    expect(heard).toEqual([]);
    near.onReceive((message) => heard.push(text(message)));
    yield* clock.sleep(10);
    expect(heard).toEqual(['bye', 'closed']);
  });
});

it('a loss that comes before its handler is kept for it', () => {
  new Stage().play(function* (stage, { clock }) {
    stage.ports('other').network.listen('rpc', () => undefined);
    const near = yield* stage.ports('one').network.connect({ host: 'host-other', service: 'rpc' });
    stage.universe.network.resetHost('host-one');
    yield* clock.sleep(10);
    expect(hearing(near)).toEqual([]);
    const heard = hearing(near);
    yield* clock.sleep(10);
    expect(heard).toEqual(['closed']);
  });
});

it('two living processes of a host cannot offer the same service', () => {
  new Stage().play(function* (stage) {
    stage.ports('one').network.listen('rpc', () => undefined);
    expect(() => stage.ports('one').network.listen('rpc', () => undefined)).toThrow('listens at rpc already');
    yield* stage.ports('one').objects.get('anything');
  });
});

it('bytes that change between send and delivery end the run, if they are checked', () => {
  const kernel = new SimKernel(new EventQueue());
  const context = { kernel, choices: new SimChoices({ explicit: [] }, kernel) };
  const network = new SimNetwork(context, calmWorld, true);
  const host = { name: 'h', wallMs: () => 0, monotonicMs: () => 0, delayUs: (ms: number) => ms * 1000 };
  const process = new LiveProcess('p', host, 1, kernel, { portCalled: () => undefined, died: () => undefined });
  const door = network.door(process);
  const received: string[] = [];
  door.listen('rpc', (connection) => connection.onReceive((message) => received.push(text(message))));
  const connecting = door.connect({ host: 'h', service: 'rpc' });
  while (kernel.step());
  const connection = connecting.take();
  const message = bytes('abc');
  connection.send(message);
  connection.send(bytes('def'));
  while (kernel.step());
  expect(received).toEqual(['abc', 'def']);
  connection.send(message);
  message[1] = 0;
  expect(() => {
    while (kernel.step());
  }).toThrow('were changed');
});
