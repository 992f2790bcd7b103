/** For the contract of state backends: what its clauses write, and what comes of a call. */
import type { Coroutine } from '../../core/waiting.ts';
import { ContractBroken } from '../../sim/contract.ts';
import { KEYS, type Rig, WINDOWS } from './state-backend-rig.ts';

/** Something of everything. */
export function* fill(rig: Rig): Coroutine<void> {
  for (const [i, key] of KEYS.entries()) {
    for (const [j, namespace] of WINDOWS.entries()) if ((i + j) % 3 !== 0) rig.put(key, namespace, 10 * i + j);
    if (i % 2 === 0) rig.putList(key, [key, `${i}`]);
    for (const at of [300, -1, i, 3]) rig.putPair(key, at, `${key}-${at}`);
    rig.addTimer('event', 7, key, WINDOWS[i % WINDOWS.length]);
    rig.addTimer('event', -i, key, undefined);
    rig.addTimer('processing', 1_000 + (i % 2), key, undefined);
    yield* rig.admitted();
  }
}

/** Changes, removes and adds of everything something. */
export function* change(rig: Rig): Coroutine<void> {
  for (const [i, key] of KEYS.entries()) {
    rig.put(key, WINDOWS[i % 4], 999);
    rig.put(key, WINDOWS[(i + 1) % 4], undefined);
    rig.putList(key, ['changed']);
    if (i % 3 === 0) rig.clearMap(key);
    else rig.putPair(key, 3, i % 3 === 1 ? undefined : 'changed');
    rig.removeTimer('event', 7, key, WINDOWS[i % WINDOWS.length]);
    rig.addTimer('processing', 5, key, undefined);
    yield* rig.admitted();
  }
}

/** What it throws, but for what the contract itself says. */
export function thrownBy(body: () => unknown): unknown {
  try {
    body();
    return undefined;
  } catch (error) {
    if (error instanceof ContractBroken) throw error;
    return error;
  }
}
