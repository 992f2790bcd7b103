/**
 * The lsm backend beside the heap backend, step by step: the same operations in the same order give the same answers, the
 * same images, and either restores what the other one has written. After each step the memory of the lsm backend is counted
 * anew, structure by structure. What both are compared with is plain lists (`Rig`).
 */
import { expect, it } from 'vitest';
import type { CheckpointKind } from '../../core/barrier-options.ts';
import type { Ports } from '../../core/ports.ts';
import type { StateBackend } from '../../core/state/backend.ts';
import { heapStateBackend } from '../../core/state/heap/heap-state-backend.ts';
import { createLsmBackend, type LsmBackend } from '../../core/state/lsm/lsm-backend.ts';
import { lsmStateBackend } from '../../core/state/lsm/lsm-state-backend.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { inWorld } from './connector-world.ts';
import { compareTimers, type Image, KEYS, MAX_PARALLELISM, Rig, WINDOWS } from './state-backend-rig.ts';

const STATES = ['value', 'list', 'map'];
const MEMORY_BYTES = 4_096;
/** What one step of these writes at most, with the overhead of its entries. */
const STEP_BYTES = 1_200;

/** Keeps the backends that it makes. */
function watched(incremental: boolean): { readonly backend: StateBackend; readonly made: LsmBackend[] } {
  const made: LsmBackend[] = [];
  const create: StateBackend['create'] = (env) => {
    const backend = createLsmBackend({ ...env, settings: { ...env.settings, incremental } }, MEMORY_BYTES);
    made.push(backend);
    return backend;
  };
  return { backend: { ...lsmStateBackend, create }, made };
}

interface Met {
  onDisk: number;
  cached: number;
  handedOver: number;
  incremental: number;
}

function* together(ports: Ports, steps: number, incremental: boolean, met: Met): Coroutine<void> {
  const below = (n: number): number => ports.random.below(n);
  const { backend, made } = watched(incremental);
  let both = [new Rig(heapStateBackend, ports, 'heap', 2), new Rig(backend, ports, 'lsm', 2)] as const;
  const pending: (readonly [ReturnType<Rig['take']>, ReturnType<Rig['take']>])[] = [];
  /** Both answer, and what the lists say then. */
  const ask = (question: (rig: Rig) => unknown, answer: (expected: Rig['expected']) => unknown): void => {
    for (const rig of both) {
      const given = question(rig);
      expect(given).toEqual(answer(rig.expected));
    }
  };
  for (let step = 0; step < steps; step++) {
    const key = KEYS[below(KEYS.length)] ?? '';
    const namespace = WINDOWS[below(WINDOWS.length)];
    const domain = below(2) === 0 ? 'event' : 'processing';
    const time = below(40) - 5;
    const at = below(30);
    switch (below(14)) {
      case 0:
      case 1:
        ask(
          (rig) => (rig.put(key, namespace, at === 0 ? undefined : step), rig.value(key, namespace)),
          (lists) => lists.get('value', key, namespace),
        );
        break;
      case 2:
        ask(
          (rig) => (rig.putList(key, ['x'.repeat(at), `${step}`]), rig.list(key)),
          (lists) => lists.get('list', key, undefined),
        );
        break;
      case 3:
      case 4:
      case 5:
        ask(
          (rig) => (rig.putPair(key, at, at % 4 === 0 ? undefined : `${step}`.padStart(at * 2)), rig.pairs(key)),
          (lists) => lists.pairs(key),
        );
        break;
      case 6:
        if (at < 6)
          ask(
            (rig) => (rig.clearMap(key), rig.pairs(key)),
            () => [],
          );
        break;
      case 7:
      case 8: {
        const isThere = has(both[0], { domain, timestamp: time, key, namespace });
        ask(
          (rig) => rig.addTimer(domain, time, key, namespace),
          () => !isThere,
        );
        break;
      }
      case 9: {
        const isThere = has(both[0], { domain, timestamp: time, key, namespace });
        ask(
          (rig) => rig.removeTimer(domain, time, key, namespace),
          () => isThere,
        );
        break;
      }
      case 10: {
        const subtask = below(both[0].parallelism);
        const { start, end } = both[0].backends[subtask]?.range ?? { start: 0, end: -1 };
        const isOwn = (group: number): boolean => start <= group && group <= end;
        const isEligible = (group: number): boolean => group % 3 !== at % 3;
        const due = both[0].expected.due(domain, time, (group) => isOwn(group) && isEligible(group));
        ask(
          (rig) => {
            const queue = rig.backends[subtask]?.timers(domain);
            const polled = queue?.poll(time, isEligible);
            if (polled !== undefined) rig.removeTimer(domain, polled.timestamp, String(polled.key), polled.namespace);
            return [polled && [polled.timestamp, polled.key, polled.namespace], queue?.head()];
          },
          (lists) => [due && [due.timestamp, due.key, due.namespace], lists.due(domain, Infinity, isOwn)?.timestamp],
        );
        break;
      }
      case 11:
        ask(
          (rig) =>
            STATES.map((state) =>
              rig.backends
                .flatMap((one) => one.keysOf(state))
                .map(String)
                .sort(),
            ),
          (lists) =>
            STATES.map((state) =>
              [...new Set(lists.entries.filter((one) => one.state === state).map((one) => String(one.key)))].sort(),
            ),
        );
        break;
      case 12:
        pending.push([both[0].take((group) => step + group), both[1].take((group) => step + group)]);
        break;
      default: {
        if (at > 8) break;
        // Runs are for a backend that has runs: an incremental image goes back to lsm, a savepoint and a full one to the other.
        const kind: CheckpointKind = incremental && at < 4 ? 'savepoint' : 'checkpoint';
        const crosses = !incremental || kind === 'savepoint';
        const images: Image[] = [];
        for (const rig of both) images.push(yield* rig.image((group) => step - group, kind));
        const [heap, lsm] = images;
        if (heap === undefined || lsm === undefined) break;
        for (const [of, rig] of both.entries()) {
          const image = of === 0 ? heap : lsm;
          expect(rig.inspect(image)).toEqual(image.expected.contents());
        }
        const parallelism = 1 + below(MAX_PARALLELISM);
        both = [
          yield* new Rig(heapStateBackend, ports, 'heap').restored(crosses ? lsm : heap, `heap-${step}`, parallelism),
          yield* new Rig(backend, ports, 'lsm').restored(crosses ? heap : lsm, `lsm-${step}`, parallelism),
        ];
        if (crosses) met.handedOver++;
        else met.incremental++;
      }
    }
    for (const one of made) {
      const { account, measured } = one.memory;
      expect(account).toEqual(measured);
      const total = account.memtables + account.runs + account.cache + account.own;
      expect(total).toBeLessThanOrEqual(MEMORY_BYTES + STEP_BYTES);
      if (account.runs > 0) met.onDisk++;
      if (account.cache > 0) met.cached++;
    }
    if (below(4) > 0) for (const rig of both) yield* rig.admitted();
  }
  for (const [heap, lsm] of pending) {
    for (const [rig, taken] of [
      [both[0], heap],
      [both[1], lsm],
    ] as const) {
      const image = yield* rig.write(taken);
      expect(rig.inspect(image)).toEqual(taken.expected.contents());
    }
  }
}

function has({ expected }: Rig, timer: Rig['expected']['timers'][number]): boolean {
  return expected.timers.some((other) => other.domain === timer.domain && compareTimers(other, timer) === 0);
}

it('heap and lsm answer alike, step by step, hand over to each other at any parallelism, and the memory is what the account says', () => {
  const met: Met = { onDisk: 0, cached: 0, handedOver: 0, incremental: 0 };
  for (let seed = 0; seed < 6; seed++) {
    const world = { diskJitterUs: 300, diskShortReadPer1000: seed % 2 === 0 ? 200 : 0 };
    try {
      inWorld({ seed: `lsm-${seed}`, world }, ({ ports }) => together(ports, 250, seed % 3 !== 0, met));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  expect(met.onDisk).toBeGreaterThan(1_000);
  expect(met.cached).toBeGreaterThan(100);
  expect(met.handedOver).toBeGreaterThan(10);
  expect(met.incremental).toBeGreaterThan(3);
});
