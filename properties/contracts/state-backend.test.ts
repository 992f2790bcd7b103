import { describe, expect, it } from 'vitest';
import { withMembers } from '../testing/with-members.ts';
import { IoError } from '../../core/errors.ts';
import { defaultParts } from '../../core/parts.ts';
import type { KeyedStateBackend, StateBackend, StateBackendEnv } from '../../core/state/backend.ts';
import { measureHeapState } from '../../core/state/heap/heap-inspect.ts';
import { heapStateBackend } from '../../core/state/heap/heap-state-backend.ts';
import { measureIncremental } from '../../core/state/lsm/lsm-inspect.ts';
import { lsmStateBackend } from '../../core/state/lsm/lsm-state-backend.ts';
import { stateBackendContract } from './state-backend.ts';
import { oddStateBackend } from './testing/odd-backend.ts';

const BACKENDS = {
  heap: heapStateBackend,
  lsm: lsmStateBackend,
  'lsm, with incremental checkpoints': {
    ...lsmStateBackend,
    create: (env) => lsmStateBackend.create({ ...env, settings: { ...env.settings, incremental: true } }),
  } satisfies StateBackend,
  'odd, everything on the disk': oddStateBackend({ dirtyMax: 0 }),
  'odd, some of it in memory': oddStateBackend({ dirtyMax: 7 }),
};

describe.each(Object.entries(BACKENDS))('%s', (_, backend) => {
  for (const clause of stateBackendContract(backend)) {
    it(clause.name, clause.check);
  }
});

it('our backends say of which types their states are, and how large: the one of jobs, too', () => {
  for (const { measure } of [heapStateBackend, lsmStateBackend, defaultParts.stateBackend])
    expect(measure).toBeTypeOf('function');
});

/** The heap backend with something else in place of some of its members. */
function other(change: (inner: KeyedStateBackend, env: StateBackendEnv) => Partial<KeyedStateBackend>): StateBackend {
  return {
    ...heapStateBackend,
    create: (env) => {
      const inner = heapStateBackend.create(env);
      return withMembers(inner, change(inner, env));
    },
  };
}

/** Each is wrong in one way, and the contract says where. */
const BROKEN: Readonly<Record<string, readonly [RegExp, StateBackend]>> = {
  'a floor of the range for all': [
    /floors are kept/,
    other((inner) => ({ snapshot: (floors) => inner.snapshot([{ ...inner.range, floor: floors[0]?.floor ?? 0 }]) })),
  ],
  'timers are not restored': [
    /fresh backend/,
    other((inner) => ({
      *restore(handles, read) {
        const floors = yield* inner.restore(handles, read);
        while (inner.timers('event').poll(Infinity) !== undefined);
        return floors;
      },
    })),
  ],
  'the snapshot is of when it is written': [
    /do not show/,
    other((inner) => ({
      snapshot: (floors) => ({ discard: () => undefined, write: (out) => inner.snapshot(floors).write(out) }),
    })),
  ],
  'map entries come backwards': [
    /bytewise order/,
    other((inner) => ({
      mapTable: (name, keyType, type) => {
        const table = inner.mapTable(name, keyType, type);
        return withMembers(table, { entries: () => table.entries().toReversed() });
      },
    })),
  ],
  'keys come backwards': [
    /keys of a state/,
    other((inner) => ({ keysOf: (state) => inner.keysOf(state).toReversed() })),
  ],
  'all key groups are eligible': [
    /eligible/,
    other((inner) => ({
      timers: (domain) => {
        const queue = inner.timers(domain);
        return withMembers(queue, { poll: (upTo: number) => queue.poll(upTo) });
      },
    })),
  ],
  'a handle is forgotten': [
    /each key group/,
    other((inner) => ({
      snapshot: (floors) => {
        const snapshot = inner.snapshot(floors);
        return {
          discard: () => undefined,
          *write(out) {
            const written = snapshot.write(out);
            const handles = 'next' in written ? yield* written : written;
            return handles.map((handle) => ({ ...handle, first: handle.first + 1 }));
          },
        };
      },
    })),
  ],
  'inspect forgets the timers': [
    /fresh backend/,
    {
      ...heapStateBackend,
      inspect: (...args) => heapStateBackend.inspect(...args).map((run) => ({ ...run, timers: [] })),
    },
  ],
  'measure forgets a key': [
    /measure/,
    {
      ...heapStateBackend,
      measure: (...args) =>
        measureHeapState(...args).map((of) => ({ ...of, keys: of.state === 'map' ? of.keys - 1 : of.keys })),
    },
  ],
  'measure of incremental images counts each entry of a map as a key': [
    /measure/,
    {
      ...BACKENDS['lsm, with incremental checkpoints'],
      measure: (...args) => measureIncremental(...args).map((of) => ({ ...of, keys: of.entries })),
    },
  ],
  'a failed read leaves no mark': [
    /marks the backend/,
    {
      ...oddStateBackend({ dirtyMax: 0 }),
      create: (env) => withMembers(oddStateBackend({ dirtyMax: 0 }).create(env), { failure: undefined }),
    },
  ],
  'a failure without a failed read': [/marks the backend/, other(() => ({ failure: new IoError('none') }))],
};

it.each(Object.entries(BROKEN))('the contract finds: %s', (_, [law, backend]) => {
  const broken = stateBackendContract(backend).filter((clause) => {
    try {
      clause.check();
      return false;
    } catch {
      return true;
    }
  });
  expect(broken.map((clause) => clause.name)).toContainEqual(expect.stringMatching(law));
});
