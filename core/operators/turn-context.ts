/**
 * What a keyed function sees of its turn: one object for all turns of an operator, so that a record allocates nothing.
 */
import type { OnTimerContext, StateAccess, Timestamp, TimerService } from '../job/functions.ts';
import type { TimerQueue } from '../state/backend.ts';
import { stateAccess } from '../state/state-access.ts';
import { checkTimestamp } from '../time/timestamps.ts';
import type { OperatorHost } from './operator.ts';
import { OutputContext } from './output-context.ts';

/** Context and collector of the current turn. */
export class TurnContext extends OutputContext implements OnTimerContext {
  /** Means something in `onTimer` only. */
  timeDomain: 'event' | 'processing' = 'event';
  readonly timerService: TimerService;
  readonly getState: StateAccess['getState'];
  readonly #host: OperatorHost;

  constructor(host: OperatorHost) {
    super(host);
    this.#host = host;
    this.timerService = new Timers(host);
    const access = stateAccess(host.backend);
    this.getState = access.getState.bind(access);
  }

  get currentKey(): unknown {
    return this.#host.backend.currentKey;
  }

  /** The turn is that of an element. */
  atElement(timestamp: Timestamp | undefined): void {
    this.timestamp = timestamp;
    this.collectsUntimed = false;
  }

  /** The turn is that of a timer. What it collects has the timer's timestamp, in processing time none. */
  atTimer(timestamp: Timestamp, domain: 'event' | 'processing'): void {
    this.timestamp = timestamp;
    this.timeDomain = domain;
    this.collectsUntimed = domain === 'processing';
  }
}

/** The timers of the current key. A call that does not change the set is no fact. */
class Timers implements TimerService {
  readonly #host: OperatorHost;
  readonly #event: TimerQueue;
  readonly #processing: TimerQueue;

  constructor(host: OperatorHost) {
    this.#host = host;
    this.#event = host.backend.timers('event');
    this.#processing = host.backend.timers('processing');
  }

  currentProcessingTime(): Timestamp {
    return this.#host.now();
  }

  currentWatermark(): Timestamp {
    return this.#host.effectiveWatermark();
  }

  registerEventTimeTimer(timestamp: Timestamp): void {
    checkTimestamp(timestamp, 'an event-time timer');
    if (this.#event.add(timestamp, undefined)) this.#registered('event', timestamp);
  }

  deleteEventTimeTimer(timestamp: Timestamp): void {
    if (this.#event.remove(timestamp, undefined)) this.#deleted('event', timestamp);
  }

  registerProcessingTimeTimer(timestamp: Timestamp): void {
    checkTimestamp(timestamp, 'a processing-time timer');
    if (!this.#processing.add(timestamp, undefined)) return;
    this.#registered('processing', timestamp);
    this.#host.processingTimerRegistered(timestamp);
  }

  deleteProcessingTimeTimer(timestamp: Timestamp): void {
    if (this.#processing.remove(timestamp, undefined)) this.#deleted('processing', timestamp);
  }

  #registered(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const { task, probe, backend } = this.#host;
    probe.timerRegistered?.({ task, domain, timestamp, key: backend.currentKey, namespace: undefined });
  }

  #deleted(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const { task, probe, backend } = this.#host;
    probe.timerDeleted?.({ task, domain, timestamp, key: backend.currentKey, namespace: undefined });
  }
}
