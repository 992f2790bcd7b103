import { expect, it } from 'vitest';
import type { Ports } from '../../core/ports.ts';
import { makeUniverse, type UniverseChanges } from '../testing/make-universe.ts';

function play(main: (ports: Ports) => void, changes: UniverseChanges = {}): void {
  const universe = makeUniverse(changes);
  universe.launch('host', 'p', main);
  expect(universe.run(60_000_000, 100_000)).toBe('dry');
  expect(universe.crashes).toEqual([]);
}

it('takes one step however often it is woken, and never inside the call', () => {
  const log: string[] = [];
  play(({ executor }) => {
    const actor = executor.actor('a', () => (log.push('step'), 'idle'));
    actor.wake();
    actor.wake();
    log.push('woken twice');
  });
  expect(log).toEqual(['woken twice', 'step']);
});

it('goes on while it says more, and again if it is woken within its own step', () => {
  const log: string[] = [];
  play(({ executor }) => {
    let left = 3;
    const counter = executor.actor('counter', () => (log.push(`left ${left}`), --left > 0 ? 'more' : 'idle'));
    counter.wake();
    let again = true;
    const self = executor.actor('self', () => {
      log.push('self');
      if (again) self.wake();
      again = false;
      return 'idle';
    });
    self.wake();
  });
  expect(log).toEqual(['left 3', 'self', 'left 2', 'self', 'left 1']);
});

it('is busy for the cost of its step, and other actors are not', () => {
  const log: string[] = [];
  const universe = makeUniverse({ world: { stepCostUs: 100 } });
  universe.launch('host', 'p', ({ executor }) => {
    for (const name of ['a', 'b']) {
      let left = 3;
      executor.actor(name, () => (log.push(`${name} ${universe.nowUs}`), --left > 0 ? 'more' : 'idle')).wake();
    }
  });
  universe.run(1e9);
  expect(log).toEqual(['a 0', 'b 0', 'a 100', 'b 100', 'a 200', 'b 200']);
});

it('keeps a woken actor waiting until its last step is paid for', () => {
  const times: number[] = [];
  const universe = makeUniverse({ world: { stepCostUs: 3000 } });
  universe.launch('host', 'p', ({ executor, clock }) => {
    const actor = executor.actor('a', () => (times.push(universe.nowUs), 'idle'));
    for (const delay of [1, 2, 3, 20]) clock.timer(delay, () => actor.wake());
  });
  universe.run(1e9);
  expect(times).toEqual([1000, 4000, 20_000]);
});

it('costs a jitter per step, and a factor if its name was drawn to be slow in this incarnation', () => {
  const costs = (seed: string): number[] => {
    const times: number[] = [];
    const universe = makeUniverse({
      choices: { seed },
      world: { stepCostUs: 100, stepJitterUs: 10, slowActorPer1000: 500, slowFactor: 50 },
    });
    universe.launch('host', 'p', ({ executor }) => {
      executor.actor('a', () => (times.push(universe.nowUs), times.length < 20 ? 'more' : 'idle')).wake();
    });
    universe.run(1e9);
    return times.slice(1).map((time, at) => time - (times[at] ?? 0));
  };
  let slow = 0;
  for (let seed = 0; seed < 60; seed++) {
    const all = costs(String(seed));
    const factor = all[0]! >= 5000 ? 50 : 1;
    if (factor === 50) slow++;
    for (const cost of all) expect(cost >= 100 * factor && cost <= 110 * factor && cost % factor === 0).toBe(true);
    expect(new Set(all).size).toBeGreaterThan(1);
  }
  expect(slow > 15 && slow < 45).toBe(true);
});

it('is slow no more once faults have healed', () => {
  const times: number[] = [];
  const world = { stepCostUs: 100, slowActorPer1000: 1_000, slowFactor: 20 };
  const universe = makeUniverse({ choices: { seed: 'slow' }, world });
  universe.launch('host', 'p', ({ executor }) => {
    executor.actor('a', () => (times.push(universe.nowUs), times.length < 6 ? 'more' : 'idle')).wake();
  });
  universe.run(4_500);
  universe.heal();
  universe.run(1e9);
  // The step that is under way has cost what it has cost.
  expect(times).toEqual([0, 2_000, 4_000, 6_000, 6_100, 6_200]);
});

it('is reordered, and late by at most the bound, in the share that is asked for', () => {
  const world = { stepCostUs: 0, reorderPer1000: 250, reorderDelayUs: 60 };
  const late: number[] = [];
  const universe = makeUniverse({ choices: { seed: 'reorder' }, world });
  universe.launch('host', 'p', ({ executor, clock }) => {
    for (let at = 1; at <= 2000; at++) {
      clock.timer(at, () => executor.actor('a', () => (late.push(universe.nowUs - 1000 * at), 'idle')).wake());
    }
  });
  universe.run(1e9);
  expect(late.length).toBe(2000);
  expect(Math.max(...late)).toBe(60);
  expect(Math.abs(late.filter((delay) => delay > 0).length - 490)).toBeLessThan(80);
});

it('runs interleavings of two actors that no calm run shows', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const log: string[] = [];
    play(
      ({ executor }) => {
        for (const name of ['a', 'b']) {
          let left = 2;
          executor.actor(name, () => (log.push(name), --left > 0 ? 'more' : 'idle')).wake();
        }
      },
      { choices: { seed: String(seed) }, world: { reorderPer1000: 500, reorderDelayUs: 30 } },
    );
    seen.add(log.join(''));
  }
  expect([...seen].sort()).toEqual(['aabb', 'abab', 'abba', 'baab', 'baba', 'bbaa']);
});

it('activates a buggify site for the whole run or not at all, alike in every process, and fires it per call', () => {
  let active = 0;
  for (let seed = 0; seed < 200; seed++) {
    const universe = makeUniverse({
      choices: { seed: String(seed) },
      world: { buggifySitePer1000: 300, buggifyFirePer1000: 400 },
    });
    const fired = new Map<string, number>();
    for (const name of ['p', 'q']) {
      universe.launch('host', name, ({ buggify }) => {
        fired.set(name, Array.from({ length: 50 }, () => buggify.fires('site')).filter(Boolean).length);
      });
    }
    universe.run(1e9);
    const [p, q] = [fired.get('p')!, fired.get('q')!];
    expect(p > 0).toBe(q > 0);
    if (p > 0) {
      active++;
      expect(p < 50 && q < 50).toBe(true);
    }
  }
  expect(Math.abs(active - 60)).toBeLessThan(25);
});

it('never fires a buggify site in a calm world and draws nothing for it', () => {
  const universe = makeUniverse({ choices: { seed: 's' } });
  universe.launch('host', 'p', ({ buggify }) => expect(buggify.fires('site')).toBe(false));
  universe.run(1e9);
  expect(universe.choices.draws).toBe(0);
});
