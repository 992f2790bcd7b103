/** The result of the sync part: what `write` makes bytes of, at any later time (snapshot-format.ts says how they look). */
import type { TypeInfo } from '../../job/types.ts';
import type { FloorRange } from '../../time/floors.ts';
import type { Timestamp } from '../../job/functions.ts';
import type { ByteWriter } from '../../values/bytes.ts';
import type { KeyedSnapshot, SnapshotOutput, StateSlice } from '../backend.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import type { KeyedHandle } from '../handles.ts';
import type { FrozenState } from './heap-tables.ts';
import type { FrozenTimers } from './heap-timers.ts';
import { type GroupRun, writeHandle, writeHeader } from '../snapshot-format.ts';

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

  /** Groups that hold nothing share their bytes: those of their floor, once for neighbours. */
  write(out: SnapshotOutput): readonly KeyedHandle[] {
    const { range, keyType, floors, states } = this.#content;
    const header = out.append(writeHeader({ keyType, states: states.map((state) => state.schema) }));
    const runs: GroupRun[] = [];
    for (const { start, end, floor } of floors) {
      let nothing: StateSlice | undefined;
      for (let group = start; group <= end; group++) {
        const at = group - range.start;
        if (!this.#isEmpty(at)) {
          runs.push({ first: group, last: group, slice: out.append(this.#bytes(at, floor)) });
          continue;
        }
        const first = group;
        while (group < end && this.#isEmpty(group + 1 - range.start)) group++;
        nothing ??= out.append(this.#bytes(at, floor));
        runs.push({ first, last: group, slice: nothing });
      }
    }
    return [writeHandle(range, header, runs)];
  }

  discard(): void {
    // What it shares with the live state is freed with the object itself.
  }

  #isEmpty(at: number): boolean {
    const { states, timers } = this.#content;
    return states.every((state) => state.isEmpty(at)) && timers.every((queue) => queue.isEmpty(at));
  }

  #bytes(at: number, floor: Timestamp): Uint8Array {
    const { writer: out, states, timers } = this.#content;
    out.reset();
    out.zigzag(floor);
    for (const [index, state] of states.entries()) state.write(at, index, out);
    out.bool(false);
    for (const queue of timers) queue.write(at, out);
    return out.take();
  }
}
