import { expect, it } from 'vitest';
import type { Written } from '../../core/ports.ts';
import { bytes, failure } from '../contract.ts';
import { objectStoreContract } from './testing/object-store.contract.ts';
import { Stage } from './testing/stage.ts';

for (const { law, check } of objectStoreContract) {
  it(`object store: ${law}`, () => {
    new Stage().play((_, driver) => check(driver.objects));
  });
  it(`object store under jitter: ${law}`, () => {
    const world = { objectStoreJitterUs: 20_000 };
    for (const seed of ['1', '2', '3']) {
      new Stage({ world, choices: { seed } }).play((_, driver) => check(driver.objects));
    }
  });
}

const LOST = { label: 'object-store@host-driver/lost-reply', k: 0, value: 1 };
const REQUEST_TOO = { label: 'object-store@host-driver/lost-request', k: 0, value: 1 };

it.each([
  ['applied', [LOST], true],
  ['not applied', [LOST, REQUEST_TOO], false],
] as const)('a put whose reply is lost is unknown and %s', (_, explicit, applied) => {
  const stage = new Stage({ world: { lostReplyPer1000: 1 }, choices: { explicit } });
  const answers: Written[] = [];
  stage.play(function* (_stage, { objects }) {
    answers.push(yield* objects.put('a', bytes('x')));
    expect((yield* objects.get('a')) !== undefined).toBe(applied);
    answers.push(yield* objects.put('b', bytes('y')));
  });
  expect(answers).toEqual([{ kind: 'unknown' }, { kind: 'written' }]);
});

it('a refused put whose reply is lost is unknown, and the object is as it was', () => {
  const stage = new Stage({ world: { lostReplyPer1000: 1 }, choices: { explicit: [{ ...LOST, k: 1 }] } });
  stage.play(function* (_stage, { objects }) {
    yield* objects.put('a', bytes('x'));
    expect(yield* objects.put('a', bytes('y'), 'if-absent')).toEqual({ kind: 'unknown' });
    expect(yield* objects.get('a')).toEqual(bytes('x'));
  });
});

it('a removal whose reply is lost is unknown', () => {
  const stage = new Stage({ world: { lostReplyPer1000: 1 }, choices: { explicit: [{ ...LOST, k: 1 }, REQUEST_TOO] } });
  stage.play(function* (_stage, { objects }) {
    yield* objects.put('a', bytes('x'));
    expect(yield* objects.remove('a')).toEqual({ kind: 'unknown' });
    expect(yield* objects.get('a')).toEqual(bytes('x'));
  });
});

it('reads that are to fail do: they say what was asked for, and nothing of what is there', () => {
  new Stage().play(function* (stage, { objects }) {
    yield* objects.put('a', bytes('x'));
    stage.universe.objects.failReads(3);
    expect(yield* failure(objects.get('a'), 'get')).toBe('IoError');
    expect(yield* failure(objects.get('none'), 'get')).toBe('IoError');
    expect(yield* failure(objects.list(''), 'list')).toBe('IoError');
    expect(yield* objects.get('a')).toEqual(bytes('x'));
    stage.universe.objects.failReads(1);
    yield* objects.put('b', bytes('y'));
    stage.universe.objects.heal();
    expect(yield* objects.list('')).toEqual(['a', 'b']);
  });
});

it.each([
  ['between the call and the effect: the put happens', 1.5, true],
  ['between the effect and the reply: the put has happened', 2.5, true],
])('a kill %s, and the dead caller hears nothing', (_, ms, applied) => {
  const stage = new Stage({
    world: { objectStoreLatencyUs: 2_000 },
    incidents: [{ what: { kind: 'kill', process: 'one', restartAfterMs: 1_000 }, when: { kind: 'time', ms } }],
  });
  stage.play(function* ({ universe }, driver) {
    yield* driver.clock.sleep(1);
    const put = stage.ports('one').objects.put('a', bytes('x'));
    expect(universe.objects.object('a')).toBeUndefined();
    yield* driver.clock.sleep(10);
    expect(put.settled).toBe(false);
    expect(universe.objects.object('a') !== undefined).toBe(applied);
  });
});

it('a kill at the port call itself: the put never happens', () => {
  const stage = new Stage({
    incidents: [
      {
        what: { kind: 'kill', process: 'one', restartAfterMs: 1_000 },
        when: { kind: 'port-call', process: 'one', nth: 1 },
      },
    ],
  });
  stage.play(function* ({ universe }, driver) {
    expect(() => stage.ports('one').objects.put('a', bytes('x'))).toThrow('one');
    yield* driver.clock.sleep(100);
    expect(universe.objects.names('')).toEqual([]);
  });
});

it('the bytes of a put are part of the digest', () => {
  const digestOf = (content: string): string => {
    const stage = new Stage();
    stage.play(function* (_stage, { objects }) {
      yield* objects.put('a', bytes(content));
    });
    return stage.universe.digest;
  };
  expect(digestOf('x')).toBe(digestOf('x'));
  expect(digestOf('x')).not.toBe(digestOf('y'));
});

it('inspection leaves no trace in the run', () => {
  const digestOf = (inspect: boolean): string => {
    const stage = new Stage();
    stage.play(function* ({ universe }, { objects }) {
      yield* objects.put('a', bytes('x'));
      if (inspect) expect([universe.objects.names(''), universe.objects.object('a')]).toEqual([['a'], bytes('x')]);
      yield* objects.get('a');
    });
    return stage.universe.digest;
  };
  expect(digestOf(true)).toBe(digestOf(false));
});

it('an unavailable store refuses puts, until it heals', () => {
  const stage = new Stage({ world: { objectStoreRefusedPer1000: 1_000 }, choices: { seed: 'unavailable' } });
  const answers: string[] = [];
  stage.play(function* (_stage, { objects }) {
    answers.push((yield* objects.put('a', Uint8Array.of(1))).kind);
    stage.universe.heal();
    answers.push((yield* objects.put('b', Uint8Array.of(1))).kind);
  });
  expect([answers, stage.universe.objects.names('')]).toEqual([['refused', 'written'], ['b']]);
});

it('a stalled put takes effect late', () => {
  const stage = new Stage({
    world: { objectStoreStallPer1000: 1_000, objectStoreStallMs: 700 },
    choices: { seed: 'stall' },
  });
  let took = 0;
  stage.play(function* (_stage, { objects, clock }) {
    const before = clock.monotonic();
    yield* objects.put('a', Uint8Array.of(1));
    took = clock.monotonic() - before;
  });
  expect(took).toBeGreaterThanOrEqual(700);
});
