/**
 * Barriers at one task (SEMANTICS B1 to B4, B8; Flink: `SingleCheckpointBarrierHandler`). Pure: events in, actions
 * out, in the order in which they are to be done. The task has read the element; the actions say what follows from it.
 *
 *   state    current = the newest checkpoint begun, done or given up; pending = it still waits for barriers;
 *            overtaken = it is unaligned here; late = its time is over, but no barrier has come yet;
 *            aligned = channels whose barrier has come or that have ended since it began;
 *            blocked = channels at whose barrier the task waits; announced = channels in whose queue a barrier of it waits
 *
 *   event                  | condition                          | actions
 *   -----------------------|------------------------------------|---------------------------------------------------------
 *   any of checkpoint n    | n < current, or = and not pending  | obsolete (a barrier), nothing (all else)
 *                          | n > current, another one pending   | that one: abort as subsumed, stop it, unblock; then begin n
 *   begin n                | n may turn unaligned               | await-timeout n
 *   barrier n, overtaking  | n not overtaken yet                | prioritize n, start n, snapshot n unaligned
 *   barrier n, in turn     | n not overtaken; others missing    | block c
 *                          | n overtaken; others missing        | block c (it stays so until all have come)
 *   announcement n on c    | n overtaken or late                | prioritize n
 *   timeout n              | some barrier has come              | prioritize n, start n, snapshot n unaligned
 *                          | only announcements or ends         | prioritize n; the first barrier will overtake
 *   trigger n              | (by RPC: all senders have finished)| begin n; channels count as aligned when they end
 *   end of c               | pending, c not aligned             | c counts as aligned
 *   all have come          | not overtaken                      | snapshot n aligned, unblock
 *                          | overtaken                          | stop n, unblock
 *   cancel n               | n > current, or = and pending      | older pending one: as above; n: abort as cancelled, stop n if
 *                          |                                    | overtaken, unblock; current = n
 *   abort n                | n pending                          | as cancel n; else nothing: the task remembers it until the barrier
 *                          |                                    | comes, and what is older may still be taken
 *
 * *Ours*: a cancel marker is taken for a pending checkpoint of which only announcements have come, too (in Flink one
 * barrier must have); and a task that is triggered behind finished ones waits for the ends of its channels, where Flink takes
 * the checkpoint at once because its finishing tasks wait until their records have been read.
 */
export type AbortCause = 'subsumed' | 'cancelled';
export type BarrierAction =
  | { readonly kind: 'obsolete'; readonly checkpoint: number }
  | { readonly kind: 'block'; readonly channel: number; readonly checkpoint: number }
  /** All channels that are blocked. */
  | { readonly kind: 'unblock'; readonly checkpoint: number }
  /** Inputs: keep what is queued before the barrier, and what still comes before it. */
  | { readonly kind: 'start'; readonly checkpoint: number }
  /** Inputs: all barriers have come, or the checkpoint is over at this task. */
  | { readonly kind: 'stop'; readonly checkpoint: number }
  /** Inputs: barriers of it that wait in a queue overtake what is before them. */
  | { readonly kind: 'prioritize'; readonly checkpoint: number }
  | { readonly kind: 'snapshot'; readonly checkpoint: number; readonly unaligned: boolean }
  | { readonly kind: 'abort'; readonly checkpoint: number; readonly cause: AbortCause }
  /** Call `onTimeout` when the checkpoint's time is over. */
  | { readonly kind: 'await-timeout'; readonly checkpoint: number };

/** What the handler needs to know of a barrier. */
export interface BarrierInfo {
  readonly checkpoint: number;
  /** It overtook what was queued. */
  readonly overtook: boolean;
  /** It may overtake later. */
  readonly timed: boolean;
  /** The task waits at it: exactly-once. */
  readonly blocks: boolean;
}

export interface BarrierHandler {
  onBarrier(channel: number, barrier: BarrierInfo): readonly BarrierAction[];
  /** A barrier that may overtake later has arrived in the queue of the channel. */
  onAnnouncement(channel: number, barrier: BarrierInfo): readonly BarrierAction[];
  /** The coordinator triggers the checkpoint here, because all senders have finished. */
  onTrigger(barrier: BarrierInfo): readonly BarrierAction[];
  /** A cancel marker has come: no barrier of the checkpoint, nor of an older one, will follow it. */
  onCancel(checkpoint: number): readonly BarrierAction[];
  /** The coordinator has aborted the checkpoint. Nothing to do: it is over, or not begun, or an older one is pending. */
  onAbort(checkpoint: number): readonly BarrierAction[];
  onTimeout(checkpoint: number): readonly BarrierAction[];
  /** The channel has ended: its sender has finished. */
  onEnd(channel: number): readonly BarrierAction[];
  /**
   * For the wait-for explanation: the pending checkpoint at whose barriers the task waits, or else the oldest pending one,
   * and the channels whose barrier has not come.
   */
  readonly waitsFor: { readonly checkpoint: number; readonly channels: readonly number[] } | undefined;
}

/** For tests that explore: all that a handler knows. */
export interface BarrierHandlerDescription {
  readonly shared: string;
  /** By channel. */
  readonly channels: readonly string[];
}
export interface DescribedBarrierHandler extends BarrierHandler {
  describe(): BarrierHandlerDescription;
}

export interface BarrierHandlerOptions {
  /** >= 1. */
  readonly channels: number;
  readonly mode: 'exactly-once' | 'at-least-once';
}

export function createBarrierHandler({ channels, mode }: BarrierHandlerOptions): DescribedBarrierHandler {
  return mode === 'exactly-once' ? new SingleBarrierHandler(channels) : new BarrierTracker(channels);
}

const NOTHING: readonly BarrierAction[] = [];

/** Exactly once: one checkpoint at a time. */
class SingleBarrierHandler implements DescribedBarrierHandler {
  readonly #channels: readonly number[];
  readonly #open: Set<number>;
  #current = 0;
  #pending = false;
  #overtaken = false;
  #late = false;
  /** A barrier of the current checkpoint has come, on any channel. */
  #barrierCame = false;
  /** Channels that were open when the current checkpoint began. */
  #expected = new Set<number>();
  readonly #aligned = new Set<number>();
  #blocked = false;

  constructor(channels: number) {
    this.#channels = Array.from({ length: channels }, (_, index) => index);
    this.#open = new Set(this.#channels);
  }

  onBarrier(channel: number, barrier: BarrierInfo): readonly BarrierAction[] {
    const { checkpoint } = barrier;
    if (this.#isOver(checkpoint)) return [{ kind: 'obsolete', checkpoint }];
    const actions = this.#begun(barrier);
    this.#barrierCame = true;
    this.#aligned.add(channel);
    if (barrier.overtook) this.#overtake(actions);
    else if (!this.#isComplete) {
      this.#blocked = true;
      actions.push({ kind: 'block', channel, checkpoint });
    }
    return this.#completed(actions);
  }

  onAnnouncement(_channel: number, barrier: BarrierInfo): readonly BarrierAction[] {
    const { checkpoint } = barrier;
    if (this.#isOver(checkpoint)) return NOTHING;
    const actions = this.#begun(barrier);
    if (this.#overtaken || this.#late) actions.push({ kind: 'prioritize', checkpoint });
    return actions;
  }

  onTrigger(barrier: BarrierInfo): readonly BarrierAction[] {
    const { checkpoint, overtook, blocks } = barrier;
    if (this.#isOver(checkpoint)) return NOTHING;
    return this.#completed(this.#begun({ checkpoint, overtook, timed: false, blocks }));
  }

  onTimeout(checkpoint: number): readonly BarrierAction[] {
    if (checkpoint !== this.#current || !this.#pending || this.#overtaken) return NOTHING;
    const actions: BarrierAction[] = [];
    if (this.#barrierCame) {
      this.#overtake(actions);
    } else {
      this.#late = true;
      actions.push({ kind: 'prioritize', checkpoint });
    }
    return actions;
  }

  onEnd(channel: number): readonly BarrierAction[] {
    this.#open.delete(channel);
    if (!this.#pending) return NOTHING;
    this.#aligned.add(channel);
    return this.#completed([]);
  }

  /** A checkpoint that is none of this handler's has come on a channel: an older one is over. */
  onNewer(checkpoint: number): readonly BarrierAction[] {
    const actions: BarrierAction[] = [];
    if (checkpoint <= this.#current) return actions;
    if (this.#pending) this.#giveUp(actions, 'subsumed');
    this.#current = checkpoint;
    return actions;
  }

  onAbort(checkpoint: number): readonly BarrierAction[] {
    return this.#pending && this.#current === checkpoint ? this.onCancel(checkpoint) : NOTHING;
  }

  onCancel(checkpoint: number): readonly BarrierAction[] {
    if (this.#isOver(checkpoint)) return NOTHING;
    const actions: BarrierAction[] = [];
    if (this.#pending && this.#current < checkpoint) this.#giveUp(actions, 'subsumed');
    this.#current = checkpoint;
    this.#giveUp(actions, 'cancelled');
    return actions;
  }

  get waitsFor(): { readonly checkpoint: number; readonly channels: readonly number[] } | undefined {
    if (!this.#pending) return undefined;
    return {
      checkpoint: this.#current,
      channels: [...this.#expected].filter((channel) => !this.#aligned.has(channel)),
    };
  }

  describe(): BarrierHandlerDescription {
    const flags = bits([this.#pending, this.#overtaken, this.#late, this.#barrierCame, this.#blocked]);
    return { shared: `${this.#current} ${flags}`, channels: this.#channels.map((channel) => this.#knownOf(channel)) };
  }

  #knownOf(channel: number): string {
    return bits([this.#open, this.#expected, this.#aligned].map((set) => set.has(channel)));
  }

  #isOver(checkpoint: number): boolean {
    return checkpoint < this.#current || (checkpoint === this.#current && !this.#pending);
  }

  get #isComplete(): boolean {
    for (const channel of this.#expected) if (!this.#aligned.has(channel)) return false;
    return true;
  }

  /** The checkpoint is the current one and pending from here on. */
  #begun({ checkpoint, timed, overtook }: BarrierInfo): BarrierAction[] {
    const actions: BarrierAction[] = [];
    if (checkpoint === this.#current) return actions;
    if (this.#pending) this.#giveUp(actions, 'subsumed');
    this.#current = checkpoint;
    this.#pending = true;
    this.#overtaken = false;
    this.#late = false;
    this.#barrierCame = false;
    this.#expected = new Set(this.#open);
    this.#aligned.clear();
    if (timed && !overtook) actions.push({ kind: 'await-timeout', checkpoint });
    return actions;
  }

  #overtake(actions: BarrierAction[]): void {
    if (this.#overtaken) return;
    this.#overtaken = true;
    const checkpoint = this.#current;
    actions.push(
      { kind: 'prioritize', checkpoint },
      { kind: 'start', checkpoint },
      { kind: 'snapshot', checkpoint, unaligned: true },
    );
  }

  #completed(actions: BarrierAction[]): readonly BarrierAction[] {
    if (!this.#isComplete) return actions;
    const checkpoint = this.#current;
    this.#pending = false;
    if (this.#overtaken) actions.push({ kind: 'stop', checkpoint });
    else actions.push({ kind: 'snapshot', checkpoint, unaligned: false });
    this.#unblock(actions);
    return actions;
  }

  #giveUp(actions: BarrierAction[], cause: AbortCause): void {
    const checkpoint = this.#current;
    actions.push({ kind: 'abort', checkpoint, cause });
    if (this.#pending && this.#overtaken) actions.push({ kind: 'stop', checkpoint });
    this.#pending = false;
    this.#overtaken = false;
    this.#aligned.clear();
    this.#unblock(actions);
  }

  #unblock(actions: BarrierAction[]): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    actions.push({ kind: 'unblock', checkpoint: this.#current });
  }
}

/**
 * At least once (Flink: `CheckpointBarrierTracker`): no channel waits at a barrier, so several checkpoints may be
 * pending at once; a snapshot is taken when the last barrier of it has come, and gives up the older ones. Savepoints
 * of such a job are aligned all the same and go through a handler of their own. A channel that has brought something
 * newer will never bring the savepoint: it is given up then, or the channels blocked for it would stay blocked.
 *
 *   event             | condition                               | actions
 *   ------------------|-----------------------------------------|------------------------------------------------
 *   barrier, trigger, | a savepoint older than n is pending     | that one: abort as subsumed, unblock; then as below
 *   cancel of n       |                                         |
 *   barrier n         | n <= newest taken or given up           | obsolete
 *                     | the first of n, newer one named before  | obsolete (a channel has passed it over)
 *                     | last one of n                           | older pending ones: abort as subsumed; snapshot n
 *   end of c          | pending ones complete without c         | as above, for the newest of them only
 *   cancel n          | n pending, or newer than all named      | older pending ones, then n: abort as cancelled
 *   abort n           | n: a savepoint that is pending          | as cancel n; else nothing: no channel waits, so the
 *                     |                                         | task remembers it until all barriers have come
 */
class BarrierTracker implements DescribedBarrierHandler {
  readonly #open: Set<number>;
  readonly #aligning: SingleBarrierHandler;
  /** The newest one that was taken or given up: it and everything before it is over. */
  #over = 0;
  /** The newest one that a barrier, a trigger or a cancel marker has named. */
  #newest = 0;
  /** By id, the channels whose barrier is missing; oldest first. */
  readonly #pending = new Map<number, Set<number>>();

  constructor(channels: number) {
    this.#open = new Set(Array.from({ length: channels }, (_, index) => index));
    this.#aligning = new SingleBarrierHandler(channels);
  }

  onBarrier(channel: number, barrier: BarrierInfo): readonly BarrierAction[] {
    const { checkpoint } = barrier;
    if (barrier.blocks && !this.#isOver(checkpoint)) {
      this.#newest = Math.max(this.#newest, checkpoint);
      return this.#aligned(this.#aligning.onBarrier(channel, barrier));
    }
    const missing = this.#missing(checkpoint);
    const actions = this.#named(checkpoint);
    if (missing === undefined) return [...actions, { kind: 'obsolete', checkpoint }];
    missing.delete(channel);
    return [...actions, ...this.#completed()];
  }

  onAnnouncement(): readonly BarrierAction[] {
    return NOTHING;
  }

  onTrigger(barrier: BarrierInfo): readonly BarrierAction[] {
    const { checkpoint } = barrier;
    if (barrier.blocks && !this.#isOver(checkpoint)) {
      this.#newest = Math.max(this.#newest, checkpoint);
      return this.#aligned(this.#aligning.onTrigger(barrier));
    }
    this.#missing(checkpoint);
    return [...this.#named(checkpoint), ...this.#completed()];
  }

  onTimeout(): readonly BarrierAction[] {
    return NOTHING;
  }

  /** A pending savepoint is newer than everything else that is pending: complete, it leaves the others behind. */
  onEnd(channel: number): readonly BarrierAction[] {
    this.#open.delete(channel);
    for (const missing of this.#pending.values()) missing.delete(channel);
    return [...this.#aligned(this.#aligning.onEnd(channel)), ...this.#completed()];
  }

  onAbort(checkpoint: number): readonly BarrierAction[] {
    return this.#aligned(this.#aligning.onAbort(checkpoint));
  }

  onCancel(checkpoint: number): readonly BarrierAction[] {
    if (this.#aligning.waitsFor?.checkpoint === checkpoint) return this.#aligned(this.#aligning.onCancel(checkpoint));
    const isNews = this.#missing(checkpoint) !== undefined;
    const actions = this.#named(checkpoint);
    if (!isNews) return actions;
    return [...actions, ...this.#past(checkpoint, 'cancelled'), { kind: 'abort', checkpoint, cause: 'cancelled' }];
  }

  get waitsFor(): { readonly checkpoint: number; readonly channels: readonly number[] } | undefined {
    if (this.#aligning.waitsFor !== undefined) return this.#aligning.waitsFor;
    for (const [checkpoint, missing] of this.#pending) return { checkpoint, channels: [...missing] };
    return undefined;
  }

  describe(): BarrierHandlerDescription {
    const { shared, channels } = this.#aligning.describe();
    const missing = (channel: number): string =>
      bits([this.#open, ...this.#pending.values()].map((set) => set.has(channel)));
    return {
      shared: `${this.#over} named ${this.#newest} pending ${[...this.#pending.keys()].join()} savepoint ${shared}`,
      channels: channels.map((known, channel) => `${missing(channel)} ${known}`),
    };
  }

  /** The channels whose barrier is missing; undefined if nothing can come of the checkpoint any more. It begins if it is new. */
  #missing(checkpoint: number): Set<number> | undefined {
    if (checkpoint > this.#newest) this.#pending.set(checkpoint, new Set(this.#open));
    return this.#pending.get(checkpoint);
  }

  /** The newest complete one is taken; older ones can never be of use again, complete or not. */
  #completed(): readonly BarrierAction[] {
    let newest: number | undefined;
    for (const [checkpoint, missing] of this.#pending) if (missing.size === 0) newest = checkpoint;
    if (newest === undefined) return NOTHING;
    return [...this.#past(newest, 'subsumed'), { kind: 'snapshot', checkpoint: newest, unaligned: false }];
  }

  #isOver(checkpoint: number): boolean {
    return checkpoint <= this.#over;
  }

  /** The checkpoint is taken or given up. What is sent on rises, so that older ones can never be of use again. */
  #past(checkpoint: number, cause: AbortCause): BarrierAction[] {
    const actions: BarrierAction[] = [];
    for (const pending of [...this.#pending.keys()]) {
      if (pending > checkpoint) continue;
      this.#pending.delete(pending);
      if (pending < checkpoint) actions.push({ kind: 'abort', checkpoint: pending, cause });
    }
    this.#over = checkpoint;
    return actions;
  }

  /** Something came of the checkpoint, whether it is of use or not: an older savepoint will not be complete. */
  #named(checkpoint: number): readonly BarrierAction[] {
    this.#newest = Math.max(this.#newest, checkpoint);
    return this.#aligned(this.#aligning.onNewer(checkpoint));
  }

  /** A savepoint that is taken or given up leaves what is older behind, as any other checkpoint does. */
  #aligned(actions: readonly BarrierAction[]): readonly BarrierAction[] {
    return actions.flatMap((action) =>
      action.kind === 'snapshot' || action.kind === 'abort'
        ? [...this.#past(action.checkpoint, action.kind === 'abort' ? action.cause : 'subsumed'), action]
        : [action],
    );
  }
}

function bits(flags: readonly boolean[]): string {
  return flags.map(Number).join('');
}
