/**
 * Runs a user's `KeyedProcessFunction` (Flink: `KeyedProcessOperator`): one function object per subtask and attempt, and
 * one context object for all its turns, so that a record allocates nothing here.
 *
 * User timers have no namespace. Registering a timer for the past is allowed: an event-time timer at or below the
 * watermark fires at the next advance, a processing-time timer as soon as the clock timer of the task comes by; neither
 * ever fires inside the call that registers it. A function without `onTimer` lets its timers pass.
 */
import type {
  Collector,
  KeyedProcessFunction,
  OnTimerContext,
  OpenContext,
  OutputTag,
  StateAccess,
  Timestamp,
  TimerService,
} from '../api/functions.ts';
import type { TimerEntry, TimerQueue } from '../state/backend.ts';
import { stateAccess } from '../state/state-access.ts';
import { checkTimestamp } from '../time/timestamps.ts';
import type { KeyedOperator, OperatorHost } from './operator.ts';
import { refuseThenable } from './user-function.ts';

export class ProcessOperator implements KeyedOperator {
  private readonly fn: KeyedProcessFunction<unknown, unknown, unknown>;
  private readonly uid: string;
  private readonly context: TurnContext;

  /** `create` comes from the job's spec; it is called once. */
  constructor(create: () => KeyedProcessFunction<unknown, unknown, unknown>, host: OperatorHost) {
    this.fn = create();
    this.uid = host.task.vertex;
    this.context = new TurnContext(host);
  }

  open(ctx: OpenContext): void {
    refuseThenable(this.fn.open?.(ctx), this.uid, 'open');
  }

  close(): void {
    refuseThenable(this.fn.close?.(), this.uid, 'close');
  }

  processElement(value: unknown, timestamp: Timestamp | undefined): void {
    this.context.timestamp = timestamp;
    refuseThenable(this.fn.processElement(value, this.context, this.context), this.uid, 'processElement');
  }

  onEventTimer(timer: TimerEntry): void {
    this.onTimer(timer, 'event');
  }

  onProcessingTimer(timer: TimerEntry): void {
    this.onTimer(timer, 'processing');
  }

  private onTimer(timer: TimerEntry, domain: 'event' | 'processing'): void {
    this.context.timestamp = timer.timestamp;
    this.context.timeDomain = domain;
    refuseThenable(this.fn.onTimer?.(timer.timestamp, this.context, this.context), this.uid, 'onTimer');
  }
}

/** Context and collector of the current turn. */
class TurnContext implements OnTimerContext, Collector<unknown> {
  timestamp: Timestamp | undefined = undefined;
  /** Means something in `onTimer` only. */
  timeDomain: 'event' | 'processing' = 'event';
  readonly timerService: TimerService;
  readonly getState: StateAccess['getState'];
  private readonly host: OperatorHost;

  constructor(host: OperatorHost) {
    this.host = host;
    this.timerService = new Timers(host);
    const access = stateAccess(host.backend);
    this.getState = access.getState.bind(access);
  }

  get currentKey(): unknown {
    return this.host.backend.currentKey;
  }

  collect(value: unknown): void {
    refuseThenable(value, this.host.task.vertex, 'collect');
    this.host.emit(value, this.timestamp);
  }

  output<T>(tag: OutputTag<T>, value: T): void {
    refuseThenable(value, this.host.task.vertex, 'output');
    this.host.emitSide(tag.tag, value, this.timestamp);
  }

  random(n: number): number {
    return this.host.random(n);
  }
}

/** The timers of the current key. A call that does not change the set is no fact. */
class Timers implements TimerService {
  private readonly host: OperatorHost;
  private readonly event: TimerQueue;
  private readonly processing: TimerQueue;

  constructor(host: OperatorHost) {
    this.host = host;
    this.event = host.backend.timers('event');
    this.processing = host.backend.timers('processing');
  }

  currentProcessingTime(): Timestamp {
    return this.host.now();
  }

  currentWatermark(): Timestamp {
    return this.host.effectiveWatermark();
  }

  registerEventTimeTimer(timestamp: Timestamp): void {
    checkTimestamp(timestamp, 'an event-time timer');
    if (this.event.add(timestamp, undefined)) this.registered('event', timestamp);
  }

  deleteEventTimeTimer(timestamp: Timestamp): void {
    if (this.event.remove(timestamp, undefined)) this.deleted('event', timestamp);
  }

  registerProcessingTimeTimer(timestamp: Timestamp): void {
    checkTimestamp(timestamp, 'a processing-time timer');
    if (!this.processing.add(timestamp, undefined)) return;
    this.registered('processing', timestamp);
    this.host.processingTimerRegistered(timestamp);
  }

  deleteProcessingTimeTimer(timestamp: Timestamp): void {
    if (this.processing.remove(timestamp, undefined)) this.deleted('processing', timestamp);
  }

  private registered(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const { task, probe, backend } = this.host;
    probe.timerRegistered?.({ task, domain, timestamp, key: backend.currentKey, namespace: undefined });
  }

  private deleted(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const { task, probe, backend } = this.host;
    probe.timerDeleted?.({ task, domain, timestamp, key: backend.currentKey, namespace: undefined });
  }
}
