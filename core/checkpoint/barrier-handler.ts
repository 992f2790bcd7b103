/**
 * Aligned barriers at one task (SEMANTICS "Barriers at a task"): events in, action out, no effect of its own.
 *
 *   state: `current` = the newest checkpoint begun, done or aborted; `pending` = it still waits for barriers of some channels
 *
 *   event                      | condition                         | action
 *   ---------------------------|-----------------------------------|-------------------------------------------------
 *   barrier n on channel c     | n < current, or = and not pending | obsolete
 *                              | n > current                       | begin n (abandons a pending one), then as below
 *                              | channels without barrier n left   | block c
 *                              | c was the last one                | complete n: snapshot, then unblock all
 *   cancel n / abort n         | n > current                       | current = n, not pending: abort
 *                              | n = current, pending              | abort: unblock all
 *                              | otherwise                         | obsolete
 */
export type BarrierAction =
  | { readonly kind: 'obsolete' }
  | { readonly kind: 'block'; readonly channel: number; readonly abandoned: number | undefined }
  | { readonly kind: 'snapshot'; readonly checkpoint: number; readonly abandoned: number | undefined }
  | { readonly kind: 'abort'; readonly checkpoint: number };

export interface BarrierHandler {
  onBarrier(channel: number, checkpoint: number): BarrierAction;
  /** A cancel marker, or the coordinator's word, that the checkpoint was aborted. */
  onAbort(checkpoint: number): BarrierAction;
  /** For the wait-for explanation: the pending checkpoint and the channels whose barrier has not come. */
  readonly waitsFor: { readonly checkpoint: number; readonly channels: readonly number[] } | undefined;
}

const OBSOLETE: BarrierAction = { kind: 'obsolete' };

export function createAlignedBarrierHandler(channels: number): BarrierHandler {
  return new AlignedBarrierHandler(channels);
}

class AlignedBarrierHandler implements BarrierHandler {
  readonly #channels: number;
  readonly #aligned = new Set<number>();
  #current = 0;
  #pending = false;

  constructor(channels: number) {
    this.#channels = channels;
  }

  onBarrier(channel: number, checkpoint: number): BarrierAction {
    if (checkpoint < this.#current || (checkpoint === this.#current && !this.#pending)) return OBSOLETE;
    let abandoned: number | undefined;
    if (checkpoint > this.#current) {
      abandoned = this.#pending ? this.#current : undefined;
      this.#current = checkpoint;
      this.#pending = true;
      this.#aligned.clear();
    }
    this.#aligned.add(channel);
    if (this.#aligned.size < this.#channels) return { kind: 'block', channel, abandoned };
    this.#pending = false;
    this.#aligned.clear();
    return { kind: 'snapshot', checkpoint, abandoned };
  }

  onAbort(checkpoint: number): BarrierAction {
    if (checkpoint < this.#current || (checkpoint === this.#current && !this.#pending)) return OBSOLETE;
    this.#current = checkpoint;
    this.#pending = false;
    this.#aligned.clear();
    return { kind: 'abort', checkpoint };
  }

  get waitsFor(): { readonly checkpoint: number; readonly channels: readonly number[] } | undefined {
    if (!this.#pending) return undefined;
    const channels: number[] = [];
    for (let c = 0; c < this.#channels; c++) if (!this.#aligned.has(c)) channels.push(c);
    return { checkpoint: this.#current, channels };
  }
}
