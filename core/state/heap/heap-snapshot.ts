/** The result of the sync part: what `write` makes bytes of, at any later time (snapshot-format.ts says how they look). */
import type { TypeInfo } from '../../job/types.ts';
import type { FloorRange } from '../../time/floors.ts';
import type { Timestamp } from '../../job/functions.ts';
import type { ByteWriter } from '../../values/bytes.ts';
import type { KeyedSnapshot, SnapshotOutput } from '../backend.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import type { KeyedHandle } from '../handles.ts';
import type { FrozenState } from './heap-tables.ts';
import type { FrozenTimers } from './heap-timers.ts';
import { writeHandleOf, writeHeader } from '../snapshot-format.ts';

export interface FrozenContent {
  readonly range: KeyGroupRange;
  readonly keyType: TypeInfo;
  /** Scratch. */
  readonly writer: ByteWriter;
  /** In order, for the whole range. */
  readonly floors: readonly FloorRange[];
  /** In the order of the header. */
  readonly states: readonly FrozenState[];
  /** In the order of TIMER_DOMAINS. */
  readonly timers: readonly FrozenTimers[];
}

export class HeapSnapshot implements KeyedSnapshot {
  readonly #content: FrozenContent;

  constructor(content: FrozenContent) {
    this.#content = content;
  }

  /** Groups that hold nothing share their bytes: those of their floor, once for neighbours. All groups are handed over as one. */
  write(out: SnapshotOutput): readonly KeyedHandle[] {
    const { range, keyType, writer, floors, states } = this.#content;
    const header = out.append(writeHeader({ keyType, states: states.map((state) => state.schema) }));
    const runs: number[] = [];
    writer.reset();
    for (const { start, end, floor } of floors) {
      let nothing = -1;
      let nothingLength = 0;
      for (let group = start; group <= end; group++) {
        const at = group - range.start;
        const from = writer.length;
        if (!this.#isEmpty(at)) {
          this.#write(at, floor);
          runs.push(group, group, from, writer.length - from);
          continue;
        }
        const first = group;
        while (group < end && this.#isEmpty(group + 1 - range.start)) group++;
        if (nothing < 0) {
          this.#write(at, floor);
          nothing = from;
          nothingLength = writer.length - from;
        }
        runs.push(first, group, nothing, nothingLength);
      }
    }
    return [writeHandleOf(range, header, out.append(writer.take()), runs)];
  }

  discard(): void {
    // What it shares with the live state is freed with the object itself.
  }

  #isEmpty(at: number): boolean {
    const { states, timers } = this.#content;
    // Asked of every key group of every snapshot: `for of` makes an iterator as long as the code is not optimized.
    for (let i = 0; i < states.length; i++) if (states[i]?.isEmpty(at) === false) return false;
    for (let i = 0; i < timers.length; i++) if (timers[i]?.isEmpty(at) === false) return false;
    return true;
  }

  #write(at: number, floor: Timestamp): void {
    const { writer: out, states, timers } = this.#content;
    out.zigzag(floor);
    let index = 0;
    for (const state of states) state.write(at, index++, out);
    out.bool(false);
    for (const queue of timers) queue.write(at, out);
  }
}
