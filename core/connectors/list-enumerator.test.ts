import { expect, it } from 'vitest';
import { Stage } from '../../sim/services/testing/stage.ts';
import { int64, record, string } from '../job/types.ts';
import type { Coroutine } from '../waiting.ts';
import { versioned } from './connector.ts';
import { listEnumerator, splitListSerializer, type SplitListState } from './list-enumerator.ts';
import type { SourceSplit } from './source.ts';

const SPLITS = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, position: 0 }));
const serializer = splitListSerializer(versioned<SourceSplit>('splits', 1, record({ id: string, position: int64 })));

/** What is assigned, and each state on the way. */
function enumerate(parallelism: number, restored?: SplitListState<SourceSplit>, assignIntervalMs = 3) {
  const log: string[] = [];
  const states: SplitListState<SourceSplit>[] = [];
  new Stage().play(function* (_stage, ports): Coroutine<void> {
    const enumerator = listEnumerator<SourceSplit>(
      {
        ports,
        parallelism,
        assignIntervalMs,
        assign: (subtask, ...splits) => {
          log.push(`${splits.map(({ id }) => id).join('+')}->${subtask}`);
          states.push(enumerator.snapshot());
        },
        noMoreSplits: (subtask) => log.push(`end ${subtask}`),
      },
      restored,

      function* () {
        log.push('listed');
        return SPLITS;
      },
    );
    states.push(enumerator.snapshot());
    yield* enumerator.run();
  });
  return { log, states };
}

it('lists the splits once and assigns the i-th to reader i mod parallelism', () => {
  const { log } = enumerate(2);
  expect(log).toEqual(['listed', 'a->0', 'b->1', 'c->0', 'd->1', 'e->0', 'end 0', 'end 1']);
});

it('without an interval a reader gets all of its splits together: its watermark waits for the slowest of them', () => {
  const { log, states } = enumerate(2, undefined, 0);
  expect(log).toEqual(['listed', 'a+c+e->0', 'b+d->1', 'end 0', 'end 1']);
  expect(states.at(-1)).toEqual({ listed: true, assigned: 5, unassigned: [] });
});

it('continues from any state with the splits that are left, also at another parallelism, and lists no more', () => {
  const { states } = enumerate(2);
  const [fresh, , second] = states;
  expect(fresh).toEqual({ listed: false, assigned: 0, unassigned: [] });
  expect(second).toEqual({ listed: true, assigned: 2, unassigned: SPLITS.slice(2) });
  expect(enumerate(3, second).log).toEqual(['c->2', 'd->0', 'e->1', 'end 0', 'end 1', 'end 2']);
});

it('looks again: what is new comes behind the rest, is assigned once, and no reader is told that there is no more', () => {
  const log: string[] = [];
  const lists = [SPLITS.slice(0, 2), SPLITS.slice(0, 2), SPLITS, SPLITS];
  new Stage().play(function* (_stage, ports): Coroutine<void> {
    const look = (restored: SplitListState<SourceSplit> | undefined) => {
      const scope = ports.scope.child('enumerator', (error) => {
        throw error;
      });
      const enumerator = listEnumerator<SourceSplit>(
        {
          ports,
          parallelism: 2,
          assignIntervalMs: 0,
          assign: (subtask, ...splits) => log.push(`${splits.map(({ id }) => id).join('+')}->${subtask}`),
          noMoreSplits: (subtask) => log.push(`end ${subtask}`),
        },
        restored,
        function* () {
          log.push('look');
          return lists.shift() ?? SPLITS;
        },
        10,
      );
      scope.spawn('look', enumerator.run());
      return { enumerator, scope };
    };
    const first = look(undefined);
    yield* ports.clock.sleep(15);
    expect(first.enumerator.snapshot()).toEqual({ listed: true, assigned: 2, unassigned: [] });
    first.scope.cancel();
    const second = look({ listed: true, assigned: 2, unassigned: SPLITS.slice(2, 3) });
    yield* ports.clock.sleep(15);
    second.scope.cancel();
  });
  expect(log).toEqual(['look', 'a->0', 'b->1', 'look', 'look', 'c+e->0', 'd->1', 'look']);
});

it('a state is read back from its bytes; another version is refused by name', () => {
  const { states } = enumerate(2);
  for (const state of states) expect(serializer.deserialize(1, serializer.serialize(state))).toEqual(state);
  expect(() => serializer.deserialize(2, new Uint8Array(0))).toThrow(/version 2/);
});
