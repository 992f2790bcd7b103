/**
 * The lsm backend beside the heap backend, step by step: the same operations in the same order give the same answers, the
 * same images, and either restores what the other one has written. After each step the memory of the lsm backend is counted
 * anew, structure by structure. What both are compared with is plain lists (`Rig`).
 */
import { expect, it } from 'vitest';
import type { Ports } from '../../core/ports.ts';
import type { StateBackend } from '../../core/state/backend.ts';
import { heapStateBackend } from '../../core/state/heap/heap-state-backend.ts';
import { createLsmBackend, type LsmBackend } from '../../core/state/lsm/lsm-backend.ts';
import { lsmStateBackend } from '../../core/state/lsm/lsm-state-backend.ts';
import type { Coroutine } from '../../core/waiting.ts';
import { inWorld } from './connector-world.ts';
import { type Image, KEYS, MAX_PARALLELISM, Rig, WINDOWS } from './state-backend-rig.ts';

const MEMORY_BYTES = 4_096;
/** What one step of these writes at most, with the overhead of its entries. */
const STEP_BYTES = 1_200;

/** Keeps the backends that it makes. */
function watched(): { readonly backend: StateBackend; readonly made: LsmBackend[] } {
  const made: LsmBackend[] = [];
  const create: StateBackend['create'] = (env) => {
    const backend = createLsmBackend(env, MEMORY_BYTES);
    made.push(backend);
    return backend;
  };
  return { backend: { ...lsmStateBackend, create }, made };
}

interface Met {
  onDisk: number;
  cached: number;
  handedOver: number;
}

function* together(ports: Ports, steps: number, met: Met): Coroutine<void> {
  const below = (n: number): number => ports.random.below(n);
  const { backend, made } = watched();
  let both = [new Rig(heapStateBackend, ports, 'heap', 2), new Rig(backend, ports, 'lsm', 2)] as const;
  const pending: (readonly [ReturnType<Rig['take']>, ReturnType<Rig['take']>])[] = [];
  /** Both answer, and the same. */
  const ask = (question: (rig: Rig) => unknown): void => {
    expect(question(both[1])).toEqual(question(both[0]));
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
        ask((rig) => (rig.put(key, namespace, at === 0 ? undefined : step), rig.value(key, namespace)));
        break;
      case 2:
        ask((rig) => (rig.putList(key, ['x'.repeat(at), `${step}`]), rig.list(key)));
        break;
      case 3:
      case 4:
      case 5:
        ask((rig) => (rig.putPair(key, at, at % 4 === 0 ? undefined : `${step}`.padStart(at * 2)), rig.pairs(key)));
        break;
      case 6:
        if (at < 6) ask((rig) => (rig.clearMap(key), rig.pairs(key)));
        break;
      case 7:
      case 8:
        ask((rig) => rig.addTimer(domain, time, key, namespace));
        break;
      case 9:
        ask((rig) => rig.removeTimer(domain, time, key, namespace));
        break;
      case 10: {
        const subtask = below(both[0].parallelism);
        ask((rig) => {
          const queue = rig.backends[subtask]?.timers(domain);
          const polled = queue?.poll(time, (group) => group % 3 !== at % 3);
          if (polled !== undefined) rig.removeTimer(domain, polled.timestamp, String(polled.key), polled.namespace);
          return [polled && { ...polled, owner: undefined }, queue?.head()];
        });
        break;
      }
      case 11:
        ask((rig) => rig.backends.map((one) => ['value', 'list', 'map'].map((state) => one.keysOf(state))));
        break;
      case 12:
        pending.push([both[0].take((group) => step + group), both[1].take((group) => step + group)]);
        break;
      default: {
        if (at > 3) break;
        const images: Image[] = [];
        for (const rig of both) images.push(yield* rig.image((group) => step - group));
        const [heap, lsm] = images;
        if (heap === undefined || lsm === undefined) break;
        // Each goes on from the image of the other one, at another parallelism.
        const parallelism = 1 + below(MAX_PARALLELISM);
        both = [
          yield* new Rig(heapStateBackend, ports, 'heap').restored(lsm, `heap-${step}`, parallelism),
          yield* new Rig(backend, ports, 'lsm').restored(heap, `lsm-${step}`, parallelism),
        ];
        met.handedOver++;
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
    const images = [yield* both[0].write(heap), yield* both[1].write(lsm)] as const;
    expect(both[1].inspect(images[1])).toEqual(both[0].inspect(images[0]));
  }
}

it('heap and lsm answer alike, step by step, hand over to each other at any parallelism, and the memory is what the account says', () => {
  const met: Met = { onDisk: 0, cached: 0, handedOver: 0 };
  for (let seed = 0; seed < 6; seed++) {
    const world = { diskJitterUs: 300, diskShortReadPer1000: seed % 2 === 0 ? 200 : 0 };
    inWorld({ seed: `lsm-${seed}`, world }, ({ ports }) => together(ports, 250, met));
  }
  expect(met.onDisk).toBeGreaterThan(1_000);
  expect(met.cached).toBeGreaterThan(100);
  expect(met.handedOver).toBeGreaterThan(10);
});
