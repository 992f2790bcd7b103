/** Blocks that were read last, as many as there is room for. */
import type { Block } from './block.ts';

const SLOT_OVERHEAD_BYTES = 48;
const OFFSETS = 2 ** 32;

export class BlockCache {
  /** The one used last at the end. */
  readonly #blocks = new Map<number, Block>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }
  get size(): number {
    return this.#blocks.size;
  }

  get(run: number, offset: number): Block | undefined {
    const slot = slotOf(run, offset);
    const block = this.#blocks.get(slot);
    if (block === undefined) return undefined;
    this.#blocks.delete(slot);
    this.#blocks.set(slot, block);
    return block;
  }

  /** False: it is larger than the whole room. */
  put(run: number, offset: number, block: Block, roomBytes: number): boolean {
    if (SLOT_OVERHEAD_BYTES + block.bytes > roomBytes) return false;
    this.#blocks.set(slotOf(run, offset), block);
    this.#bytes += SLOT_OVERHEAD_BYTES + block.bytes;
    this.fit(roomBytes);
    return true;
  }

  /** Forgets what was not used for longest, until the rest fits. */
  fit(roomBytes: number): void {
    for (const [slot, block] of this.#blocks) {
      if (this.#bytes <= roomBytes) return;
      this.#blocks.delete(slot);
      this.#bytes -= SLOT_OVERHEAD_BYTES + block.bytes;
    }
  }

  /** The run is gone. */
  forget(run: number): void {
    for (const [slot, block] of this.#blocks) {
      if (Math.floor(slot / OFFSETS) !== run) continue;
      this.#blocks.delete(slot);
      this.#bytes -= SLOT_OVERHEAD_BYTES + block.bytes;
    }
  }

  /** Counted anew, block by block. */
  get measuredBytes(): number {
    let bytes = 0;
    for (const block of this.#blocks.values()) bytes += SLOT_OVERHEAD_BYTES + block.bytes;
    return bytes;
  }
}

function slotOf(run: number, offset: number): number {
  return run * OFFSETS + offset;
}
