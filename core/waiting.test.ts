import { expect, it } from 'vitest';
import { makeUniverse } from '../sim/testing/make-universe.ts';
import type { Universe } from '../sim/universe.ts';
import { Cancelled } from './errors.ts';
import type { Ports } from './ports.ts';
import { Deferred, type Coroutine, type Scope } from './waiting.ts';

/** Runs `main` as a process until nothing is left to happen. */
function play(main: (ports: Ports, log: (line: string) => void) => void): {
  readonly log: string[];
  readonly universe: Universe;
} {
  const universe = makeUniverse();
  const log: string[] = [];
  universe.launch('host', 'process', (ports) => main(ports, (line) => log.push(line)));
  expect(universe.run(3_600_000_000)).toBe('dry');
  return { log, universe };
}

it('resumes with the value that its pending was settled with', () => {
  const { log } = play(({ scope, clock }, note) => {
    const answer = new Deferred<number>('an answer');
    clock.timer(5, () => answer.resolve(42));
    scope.spawn(
      'asker',
      (function* (): Coroutine<void> {
        note(`got ${yield* answer} at ${clock.monotonic()} ms`);
      })(),
    );
  });
  expect(log).toEqual(['got 42 at 5 ms']);
});

it('throws at the wait what its pending was rejected with', () => {
  const { log, universe } = play(({ scope, clock }, note) => {
    const answer = new Deferred<number>('an answer');
    clock.timer(5, () => answer.reject(new Error('no answer')));
    scope.spawn(
      'asker',
      (function* (): Coroutine<void> {
        try {
          yield* answer;
        } catch (error) {
          note(String(error));
        }
      })(),
    );
  });
  expect(log).toEqual(['Error: no answer']);
  expect(universe.crashes).toEqual([]);
});

it('needs no event for what is settled already', () => {
  const { log } = play(({ scope, clock }, note) => {
    scope.spawn(
      'reader',
      (function* (): Coroutine<void> {
        const ready = new Deferred<string>('ready');
        ready.resolve('ready');
        const started = clock.monotonic();
        note(yield* ready);
        note(`${clock.monotonic() - started} ms later`);
      })(),
    );
  });
  expect(log).toEqual(['ready', '0 ms later']);
});

it('never runs a coroutine inside the call that wakes it', () => {
  const { log } = play(({ scope, clock }, note) => {
    const go = new Deferred<void>('go');
    scope.spawn(
      'waiter',
      (function* (): Coroutine<void> {
        note('started');
        yield* go;
        note('resumed');
      })(),
    );
    note('spawned');
    clock.timer(1, () => {
      go.resolve();
      note('resolved');
    });
  });
  expect(log).toEqual(['spawned', 'started', 'resolved', 'resumed']);
});

it('calls it a bug to settle twice or to take too early', () => {
  const pending = new Deferred<number>(() => 'the answer');
  expect(() => pending.take()).toThrow('taken before it settled: the answer');
  pending.resolve(1);
  expect(() => pending.resolve(2)).toThrow('settled twice: the answer');
  expect(() => pending.reject(new Error('late'))).toThrow('settled twice');
  expect(pending.take()).toBe(1);
});

it('gives the value, or the error, of a coroutine to the one that waits for it', () => {
  const { log, universe } = play(({ scope, clock }, note) => {
    const slow = function* (value: number): Coroutine<number> {
      yield* clock.sleep(value);
      if (value === 2) throw new Error('two');
      return value;
    };
    scope.spawn(
      'sum',
      (function* (): Coroutine<void> {
        note(String(yield* scope.spawn('one', slow(1))));
        try {
          yield* scope.spawn('two', slow(2));
        } catch (error) {
          note(String(error));
        }
      })(),
    );
  });
  expect(log).toEqual(['1', 'Error: two']);
  expect(universe.crashes).toEqual([]);
});

it('gives an error that no coroutine waits for to the owner of the scope, and nothing else stops', () => {
  const { log, universe } = play(({ scope, clock }, note) => {
    const child = scope.child('attempt', (error) => note(`failed: ${String(error)}`));
    child.spawn(
      'bad',
      (function* (): Coroutine<void> {
        yield* clock.sleep(1);
        throw new Error('bad');
      })(),
    );
    child.spawn(
      'good',
      (function* (): Coroutine<void> {
        yield* clock.sleep(2);
        note('good goes on');
      })(),
    );
  });
  expect(log).toEqual(['failed: Error: bad', 'good goes on']);
  expect(universe.crashes).toEqual([]);
});

it('ends the process by an error that no coroutine waits for in its root scope', () => {
  const { log, universe } = play(({ scope, clock }, note) => {
    clock.timer(2, () => note('alive'));
    scope.spawn(
      'bad',
      (function* (): Coroutine<void> {
        yield* clock.sleep(1);
        throw new Error('bad');
      })(),
    );
  });
  expect(log).toEqual([]);
  expect(universe.crashes).toMatchObject([{ process: 'process', message: 'Error: bad' }]);
});

it('throws Cancelled at each wait of the scope and below it, so that finally blocks run, and calls no owner', () => {
  const { log, universe } = play(({ scope, clock }, note) => {
    const outer = scope.child('outer', () => note('outer failed'));
    const inner = outer.child('inner', () => note('inner failed'));
    const body = function* (name: string): Coroutine<void> {
      try {
        yield* clock.sleep(1000);
        note(`${name} woke up`);
      } catch (error) {
        note(`${name}: ${error instanceof Cancelled}`);
        throw error;
      } finally {
        note(`${name} cleaned up`);
      }
    };
    outer.spawn('a', body('a'));
    inner.spawn('b', body('b'));
    clock.timer(1, () => {
      outer.cancel();
      outer.cancel();
    });
  });
  expect(log).toEqual(['a: true', 'a cleaned up', 'b: true', 'b cleaned up']);
  expect(universe.whoWaits()).toEqual([]);
});

it('lets a cancelled coroutine wait in its finally block without interruption', () => {
  const { log } = play(({ scope, clock }, note) => {
    const child = scope.child('attempt', (error) => note(`failed: ${String(error)}`));
    child.spawn(
      'a',
      (function* (): Coroutine<void> {
        try {
          yield* clock.sleep(10);
        } finally {
          note(`cancelled at ${clock.monotonic()}`);
          yield* clock.sleep(100);
          note(`closed at ${clock.monotonic()}`);
        }
      })(),
    );
    clock.timer(1, () => child.cancel());
  });
  expect(log).toEqual(['cancelled at 1', 'closed at 101']);
});

it('reports an error that a cancelled coroutine ends with instead of Cancelled', () => {
  const { log } = play(({ scope, clock }, note) => {
    const child = scope.child('attempt', (error) => note(`failed: ${String(error)}`));
    child.spawn(
      'a',
      (function* (): Coroutine<void> {
        try {
          yield* clock.sleep(10);
        } finally {
          // eslint-disable-next-line no-unsafe-finally -- the very case of this test
          throw new Error('cannot close');
        }
      })(),
    );
    clock.timer(1, () => child.cancel());
  });
  expect(log).toEqual(['failed: Error: cannot close']);
});

it('cancels what is spawned into a cancelled scope before its first step', () => {
  const { log } = play(({ scope }, note) => {
    const child: Scope = scope.child('attempt', () => note('failed'));
    child.cancel();
    child.spawn(
      'late',
      (function* (): Coroutine<void> {
        note('ran');
      })(),
    );
    child
      .child('later', () => note('failed'))
      .spawn(
        'last',
        (function* (): Coroutine<void> {
          note('ran');
        })(),
      );
  });
  expect(log).toEqual([]);
});

it('lets a coroutine cancel its own scope: its next wait throws', () => {
  const { log } = play(({ scope, clock }, note) => {
    const child = scope.child('attempt', () => note('failed'));
    child.spawn(
      'a',
      (function* (): Coroutine<void> {
        try {
          child.cancel();
          note('still here');
          yield* clock.sleep(1);
          note('not here');
        } finally {
          note('cleaned up');
        }
      })(),
    );
  });
  expect(log).toEqual(['still here', 'cleaned up']);
});

it('says which coroutines wait, and for what', () => {
  const { universe } = play(({ scope }) => {
    const child = scope.child('attempt 3', () => undefined);
    child.spawn(
      'align',
      (function* (): Coroutine<void> {
        yield* new Deferred<void>('barrier 7 on channel 2');
      })(),
    );
    scope.spawn(
      'boss',
      (function* (): Coroutine<void> {
        yield* child.spawn(
          'upload',
          (function* (): Coroutine<void> {
            yield* new Deferred<void>(() => `the object ${1 + 1}`);
          })(),
        );
      })(),
    );
  });
  expect(universe.whoWaits()).toEqual([
    'process: main/boss waits for end of main/attempt 3/upload',
    'process: main/attempt 3/align waits for barrier 7 on channel 2',
    'process: main/attempt 3/upload waits for the object 2',
  ]);
});
