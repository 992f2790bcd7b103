/**
 * Tumbling event-time windows with allowed lateness, default trigger (SEMANTICS L1 to L5).
 *
 *     element, window not late:   contents = fold(contents, element)
 *       maxTimestamp <= eff  ->   the pane fires again at once          (within the lateness)
 *       else                 ->   timer at maxTimestamp
 *       always               ->   timer at cleanupTime, unless that is LATEST
 *     timer at maxTimestamp  ->   the pane fires, if there are contents
 *     timer at cleanupTime   ->   contents go                           (the same timer if lateness is 0)
 *
 * Left out: other assigners and triggers, merging, evictors, processing time.
 */
import type { TimeWindow, Timestamp } from '../../core/job/functions.ts';
import type { JobSpec, NodeSpec, WindowSpec } from '../../core/job/spec.ts';
import { keyedHead, keyOf, type Key, type KeyedHead } from './keyed.ts';
import type { StoredTypes } from './migrate.ts';
import { Store, storeOf } from './store.ts';
import { cleanupTime, elementIsLate, LATEST, maxTimestamp, windowIsLate, windowsOf } from './time.ts';
import { TapeReader, TurnLog } from './turn.ts';
import type { Handover, ModelContent, ModelInstance, ModelTimerFiring, ModelTurn, Tape } from './types.ts';

const CONTENTS = 'window-contents';

interface WindowHead extends KeyedHead {
  readonly spec: WindowSpec;
  readonly fold: Fold;
}
interface Fold {
  readonly first: (value: unknown) => unknown;
  readonly next: (accumulator: unknown, value: unknown) => unknown;
  readonly result: (accumulator: unknown) => unknown;
}

export function windowHead(job: JobSpec, node: NodeSpec, spec: WindowSpec): WindowHead {
  return { ...keyedHead(job, node), spec, fold: foldOf(spec.fold) };
}

function foldOf(fold: WindowSpec['fold']): Fold {
  if (fold.kind === 'reduce') {
    const next: Fold['next'] = (accumulator, value) => {
      const { fn } = fold;
      return fn(accumulator, value);
    };
    return { first: (value) => value, next, result: (accumulator) => accumulator };
  }
  return {
    first: (value) => fold.fn.add(value, fold.fn.createAccumulator()),
    next: (accumulator, value) => fold.fn.add(value, accumulator),
    result: (accumulator) => fold.fn.getResult(accumulator),
  };
}

function typesOf({ spec }: WindowHead): StoredTypes {
  return new Map([[CONTENTS, { kind: 'value', keyType: undefined, type: spec.accumulatorType }]]);
}

/** The windows of the keys of one key group. */
export class WindowInstance implements ModelInstance {
  readonly #head: WindowHead;
  readonly #store: Store;

  constructor(head: WindowHead, store = new Store()) {
    this.#head = head;
    this.#store = store;
  }

  /** With the state of another version of the job. */
  static from(head: WindowHead, handover: Handover | undefined): WindowInstance {
    const store = storeOf(handover);
    for (const [state, type] of typesOf(head)) store.use(state, type);
    return new WindowInstance(head, store);
  }

  record(edge: number, value: unknown, timestamp: Timestamp | undefined, eff: Timestamp, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn) => {
      if (timestamp === undefined) throw turn.refuse('got an element without a timestamp');
      this.#element(turn, keyOf(this.#head, edge, value), value, timestamp, eff);
    });
  }

  advance(eff: Timestamp, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn) => {
      for (
        let due = this.#store.timers('event').least();
        due !== undefined;
        due = this.#store.timers('event').least()
      ) {
        if (due.firing.timestamp > eff) return;
        this.#store.ownTimers('event').removeLeast();
        this.#timer(turn, due.firing, due.keyText);
      }
    });
  }

  processingTimer(timer: ModelTimerFiring, _eff: Timestamp, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn) => {
      throw turn.refuse(`has event-time windows only, yet a processing-time timer fired at ${timer.timestamp}`);
    });
  }

  nextEventTimer(): Timestamp | undefined {
    return this.#store.timers('event').least()?.firing.timestamp;
  }
  nextProcessingTimer(): Timestamp | undefined {
    return this.#store.timers('processing').least()?.firing.timestamp;
  }
  content(): ModelContent {
    return this.#store.content(typesOf(this.#head));
  }
  settle(): void {
    // It asks for its state when it is made.
  }
  handOver(): Handover {
    return { states: this.#store.handedOver(typesOf(this.#head)) };
  }
  sieve(): void {
    // No time to live.
  }
  fork(): ModelInstance {
    return new WindowInstance(this.#head, this.#store.fork());
  }

  #turn(tape: Tape, body: (turn: TurnLog) => void): ModelTurn {
    const turn = new TurnLog(this.#head.uid);
    try {
      body(turn);
    } catch (thrown) {
      turn.fail(thrown);
    }
    new TapeReader(turn, tape).finish();
    return turn;
  }

  #element(turn: TurnLog, key: Key, value: unknown, timestamp: Timestamp, eff: Timestamp): void {
    const { assigner, allowedLatenessMs } = this.#head.spec;
    const open = windowsOf(assigner, timestamp).filter((window) => !windowIsLate(window, allowedLatenessMs, eff));
    for (const window of open) this.#intoWindow(turn, key, value, window, eff);
    if (open.length === 0 && elementIsLate(timestamp, allowedLatenessMs, eff))
      this.#lateElement(turn, value, timestamp);
  }

  #intoWindow(turn: TurnLog, key: Key, value: unknown, window: TimeWindow, eff: Timestamp): void {
    const { allowedLatenessMs } = this.#head.spec;
    this.#addTo(window, key, value);
    turn.add(window);
    const timers = this.#store.ownTimers('event');
    if (maxTimestamp(window) <= eff) this.#firePane(turn, key.value, key.text, window);
    else timers.register(maxTimestamp(window), key.value, key.text, window);
    const cleanup = cleanupTime(window, allowedLatenessMs);
    if (cleanup !== LATEST) timers.register(cleanup, key.value, key.text, window);
  }

  #lateElement(turn: TurnLog, value: unknown, timestamp: Timestamp): void {
    const { lateTag } = this.#head.spec;
    turn.late = lateTag === undefined ? 'dropped' : 'late-output';
    if (lateTag !== undefined) this.#head.sides.get(lateTag)?.(turn, value, timestamp);
  }

  #addTo(window: TimeWindow, key: Key, value: unknown): void {
    const at = cellOf(key.text, window);
    const old = this.#store.read(CONTENTS, 'value', at);
    const accumulator = old === undefined ? this.#head.fold.first(value) : this.#head.fold.next(old, value);
    this.#store.write(CONTENTS, 'value', at, { key: key.value, namespace: window, value: accumulator });
  }

  #timer(turn: TurnLog, firing: ModelTimerFiring, keyText: string): void {
    const { timestamp, key, namespace: window } = firing;
    if (window === undefined) throw new Error('a timer of a window operator has no window');
    turn.fire(firing);
    if (timestamp === maxTimestamp(window)) this.#firePane(turn, key, keyText, window);
    if (timestamp !== cleanupTime(window, this.#head.spec.allowedLatenessMs)) return;
    this.#store.remove(CONTENTS, 'value', cellOf(keyText, window));
    this.#store.ownTimers('event').delete(maxTimestamp(window), keyText, window);
  }

  #firePane(turn: TurnLog, key: unknown, keyText: string, window: TimeWindow): void {
    const accumulator = this.#store.read(CONTENTS, 'value', cellOf(keyText, window));
    if (accumulator === undefined) return;
    turn.operator = this.#head.uid; // an earlier pane of this turn may have gone through the chain
    const result = this.#head.fold.result(accumulator);
    const { emit } = this.#head.spec;
    turn.pane(key, window);
    this.#head.main(turn, emit === undefined ? result : emit({ key, window, result }), maxTimestamp(window));
  }
}

/** Tells (key, window) pairs apart: all windows of an operator have one size, so the start names one; it holds no '@'. */
function cellOf(keyText: string, window: TimeWindow): string {
  return `${keyText}@${window.start}`;
}
