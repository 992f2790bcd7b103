import { expect, it } from 'vitest';
import { bytes, text } from '../contract.ts';
import { haStoreContract } from './testing/ha-store.contract.ts';
import { Stage } from './testing/stage.ts';

for (const { law, check } of haStoreContract) {
  it(`HA store: ${law}`, () => {
    new Stage().play((stage) => check({ one: stage.ports('one').ha, other: stage.ports('other').ha }));
  });
  it(`HA store under jitter: ${law}`, () => {
    for (const seed of ['1', '2', '3']) {
      const stage = new Stage({ world: { haJitterUs: 5_000 }, choices: { seed } });
      stage.play(() => check({ one: stage.ports('one').ha, other: stage.ports('other').ha }));
    }
  });
}

const killOne = (ms: number) =>
  ({ what: { kind: 'kill', process: 'one', restartAfterMs: 10 }, when: { kind: 'time', ms } }) as const;

it("a dead holder's lease ends with its session, and the next grant has a higher epoch", () => {
  const stage = new Stage({ world: { haLatencyUs: 1_000, haSessionMs: 500 }, incidents: [killOne(100)] });
  stage.play(function* ({ universe }) {
    const dead = yield* stage.ports('one').ha.lease('leader');
    const next = yield* stage.ports('other').ha.lease('leader');
    expect([dead.epoch, next.epoch]).toEqual([1, 2]);
    expect(universe.nowUs).toBeGreaterThanOrEqual(600_000);
    expect(universe.nowUs).toBeLessThan(602_000);
    expect(universe.ha.holder('leader')).toEqual({ epoch: 2, process: 'other' });
  });
});

it('the next incarnation of a dead holder waits for the end of its own old session', () => {
  const stage = new Stage({ world: { haSessionMs: 500 }, incidents: [killOne(100)] });
  stage.play(function* ({ universe }, { clock }) {
    yield* stage.ports('one').ha.lease('leader');
    yield* clock.sleep(200);
    const again = yield* stage.ports('one').ha.lease('leader');
    expect(again.epoch).toBe(2);
    expect(universe.nowUs).toBeGreaterThanOrEqual(600_000);
  });
});

it('a request that waits is not granted after the session of its dead process has ended', () => {
  const stage = new Stage({ world: { haSessionMs: 50 }, incidents: [killOne(100)] });
  stage.play(function* ({ universe }, { clock, ha }) {
    const lease = yield* stage.ports('other').ha.lease('leader');
    const dead = stage.ports('one').ha.lease('leader');
    yield* clock.sleep(300);
    const mine = ha.lease('leader');
    yield* ha.read('anything');
    lease.release();
    expect((yield* mine).epoch).toBe(2);
    expect(dead.settled).toBe(false);
    expect(universe.ha.holder('leader')?.process).toBe('driver');
  });
});

it('waiting requests are granted in the order in which they arrived', () => {
  new Stage().play(function* (stage, driver) {
    const first = yield* driver.ha.lease('leader');
    const second = stage.ports('one').ha.lease('leader');
    yield* driver.clock.sleep(10);
    const third = stage.ports('other').ha.lease('leader');
    yield* driver.clock.sleep(10);
    first.release();
    (yield* second).release();
    expect((yield* third).epoch).toBe(3);
  });
});

it('a living process that loses its session is notified, loses its lease, and can ask again', () => {
  new Stage().play(function* (stage, { clock }) {
    const one = stage.ports('one').ha;
    const heard: string[] = [];
    const lease = yield* one.lease('leader');
    lease.onLost(() => heard.push('lost'));
    const next = stage.ports('other').ha.lease('leader');
    const waiting = yield* stage.ports('other').ha.lease('unrelated');
    waiting.onLost(() => heard.push('unrelated'));
    stage.universe.ha.loseSession('one');
    expect(heard).toEqual([]);
    yield* clock.sleep(10);
    expect(heard).toEqual(['lost']);
    expect((yield* next).epoch).toBe(2);
    const again = one.lease('leader');
    lease.release(); // of no effect: it is not held any more
    yield* clock.sleep(10);
    expect(again.settled).toBe(false);
    (yield* next).release();
    expect((yield* again).epoch).toBe(3);
  });
});

it('a loss is also notified to a listener that comes too late, and a waiting request fails', () => {
  new Stage().play(function* (stage, { clock }) {
    const heard: string[] = [];
    const one = stage.ports('one').ha;
    const lease = yield* one.lease('a');
    yield* stage.ports('other').ha.lease('b');
    const waiting = one.lease('b');
    yield* clock.sleep(10);
    stage.universe.ha.loseSession('one');
    yield* clock.sleep(10);
    lease.onLost(() => heard.push('lost'));
    yield* clock.sleep(10);
    expect(heard).toEqual(['lost']);
    expect(() => waiting.take()).toThrow('session');
  });
});

it.each([
  ['applied', 0, 1],
  ['not applied', 1, undefined],
])('a compare-and-set whose reply is lost is unknown and %s', (_, requestLost, version) => {
  const explicit = [
    { label: 'ha-store@host-driver/lost-reply', k: 0, value: 1 },
    { label: 'ha-store@host-driver/lost-request', k: 0, value: requestLost },
  ];
  new Stage({ world: { lostReplyPer1000: 1 }, choices: { explicit } }).play(function* (_stage, { ha }) {
    expect(yield* ha.compareAndSet('k', 0, bytes('x'))).toEqual({ kind: 'unknown' });
    expect((yield* ha.read('k'))?.version).toBe(version);
  });
});

it('listeners are notified of each change when it is applied, and of nothing that is refused', () => {
  const stage = new Stage();
  const heard: string[] = [];
  stage.universe.ha.onChange((key, value) => {
    expect(stage.universe.ha.value(key)).toBe(value);
    heard.push(`${key}@${value.version}=${text(value.bytes)}`);
  });
  stage.play(function* (_stage, { ha }) {
    yield* ha.compareAndSet('k', 0, bytes('x'));
    yield* ha.compareAndSet('k', 0, bytes('y'));
    yield* ha.compareAndSet('k', 1, bytes('z'));
  });
  expect(heard).toEqual(['k@1=x', 'k@2=z']);
});
