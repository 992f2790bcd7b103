/**
 * What checkpoints of an lsm backend upload, and how long each takes from its sync part to its last byte, while so many keys change
 * between two of them. The store takes nothing of a checkpoint's time.
 */
import { KeyedTask } from '../states/keyed-task.ts';
import { drawnTurns, fill } from '../states/load.ts';
import { rowUpdates } from '../states/rows.ts';

/** By checkpoint. */
export interface Series {
  readonly bytes: readonly number[];
  readonly ms: readonly number[];
}

export interface Uploads {
  /** Without the first ones, which upload what was written to fill the state. */
  readonly incremental: Series;
  readonly full: Series;
}

export interface UploadsLoad {
  readonly keys: number;
  readonly memoryBytes: number;
  /** Turns at drawn keys between two checkpoints; a few keys may come twice. */
  readonly changed: number;
  readonly checkpoints: number;
}

const FIRST_CHECKPOINTS = 2;
/** All have as many bytes. */
const FULL_CHECKPOINTS = 5;

export function lsmUploadsTask({ keys, memoryBytes, changed, checkpoints }: UploadsLoad): Uploads {
  const task = new KeyedTask({ backend: 'lsm', memoryBytes, incremental: true });
  const updates = rowUpdates(task);
  fill(updates, keys);
  let seed = 0;
  const series = (kind: 'checkpoint' | 'savepoint', count: number): Series => {
    const bytes: number[] = [];
    const ms: number[] = [];
    for (let nth = 0; nth < count; nth++) {
      drawnTurns(updates, seed++, keys, changed);
      const started = performance.now();
      bytes.push(task.checkpoint(kind));
      ms.push(performance.now() - started);
    }
    return { bytes, ms };
  };
  series('checkpoint', FIRST_CHECKPOINTS);
  return { incremental: series('checkpoint', checkpoints), full: series('savepoint', FULL_CHECKPOINTS) };
}
