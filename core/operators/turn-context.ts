/**
 * What a keyed function sees of its turn: one object for all turns of an operator, so that a record allocates nothing.
 */
import type { OnTimerContext, StateAccess, Timestamp, TimerService } from '../job/functions.ts';
import type { TimerQueue } from '../state/backend.ts';
import { OperatorStates } from '../state/kinds/state-access.ts';
import { TurnScope } from '../state/turn-scope.ts';
import { refusedTimestamp } from '../time/timestamps.ts';
import type { UserCode } from '../user-code.ts';
import type { OperatorHost } from './operator.ts';
import { OutputContext } from './output-context.ts';

/** Context and collector of the current turn. */
export class TurnContext extends OutputContext implements OnTimerContext {
  /** Means something in `onTimer` only. */
  timeDomain: 'event' | 'processing' = 'event';
  readonly timerService: TimerService;
  readonly getState: StateAccess['getState'];
  /** Of the call that runs. */
  readonly scope: TurnScope;
  readonly states: OperatorStates;
  readonly #host: OperatorHost;

  constructor(host: OperatorHost) {
    super(host);
    this.#host = host;
    const { user } = host.calls;
    this.scope = new TurnScope(user, () => host.now());
    this.timerService = new Timers(host, this.scope);
    this.states = new OperatorStates(host.backend, {
      user,
      scope: this.scope,
      expired: (state, lastTouch, ttlMs, now) => {
        const key = host.backend.currentKey;
        host.probe.stateExpired?.({ task: host.task, state, key, lastTouch, ttlMs, now });
      },
      cleaned: (state, key) => host.probe.stateCleaned?.({ task: host.task, state, key }),
    });
    this.getState = this.states.getState.bind(this.states);
  }

  get currentKey(): unknown {
    if (!this.scope.hasKey) throw this.scope.noKey('currentKey');
    return this.#host.backend.currentKey;
  }

  /** The turn is that of an element. */
  atElement(timestamp: Timestamp | undefined): void {
    this.scope.atKey();
    this.timestamp = timestamp;
    this.collectsUntimed = false;
  }

  /** The turn is that of a timer. What it collects has the timer's timestamp, in processing time none. */
  atTimer(timestamp: Timestamp, domain: 'event' | 'processing'): void {
    this.scope.atKey();
    this.timestamp = timestamp;
    this.timeDomain = domain;
    this.collectsUntimed = domain === 'processing';
  }
}

/** The timers of the current key. A call that does not change the set is no fact. */
class Timers implements TimerService {
  readonly #host: OperatorHost;
  readonly #user: UserCode;
  readonly #event: TimerQueue;
  readonly #processing: TimerQueue;
  readonly #scope: TurnScope;

  constructor(host: OperatorHost, scope: TurnScope) {
    this.#host = host;
    this.#scope = scope;
    this.#user = host.calls.user;
    this.#event = host.backend.timers('event');
    this.#processing = host.backend.timers('processing');
  }

  currentProcessingTime(): Timestamp {
    const running = this.#user.pause();
    const now = this.#host.now();
    this.#user.resume(running);
    return now;
  }

  currentWatermark(): Timestamp {
    this.#checkKey('currentWatermark');
    return this.#host.effectiveWatermark();
  }

  registerEventTimeTimer(timestamp: Timestamp): void {
    this.#check(timestamp, 'an event-time timer');
    const running = this.#user.pause();
    const isNew = this.#event.add(timestamp, undefined);
    if (isNew) this.#registered('event', timestamp);
    this.#user.resume(running);
    if (isNew) this.#user.bounds.setsTimer('event', timestamp, this.#host.effectiveWatermark());
  }

  deleteEventTimeTimer(timestamp: Timestamp): void {
    this.#checkKey('deleteEventTimeTimer');
    const running = this.#user.pause();
    if (this.#event.remove(timestamp, undefined)) this.#deleted('event', timestamp);
    this.#user.resume(running);
  }

  registerProcessingTimeTimer(timestamp: Timestamp): void {
    this.#check(timestamp, 'a processing-time timer');
    const running = this.#user.pause();
    const isNew = this.#processing.add(timestamp, undefined);
    if (isNew) {
      this.#registered('processing', timestamp);
      this.#host.processingTimerRegistered(timestamp);
    }
    this.#user.resume(running);
    if (isNew) this.#user.bounds.setsTimer('processing', timestamp, 0);
  }

  deleteProcessingTimeTimer(timestamp: Timestamp): void {
    this.#checkKey('deleteProcessingTimeTimer');
    const running = this.#user.pause();
    if (this.#processing.remove(timestamp, undefined)) this.#deleted('processing', timestamp);
    this.#user.resume(running);
  }

  #checkKey(call: string): void {
    if (!this.#scope.hasKey) throw this.#scope.noKey(call);
  }

  #check(timestamp: Timestamp, what: string): void {
    this.#checkKey(what);
    const refusal = refusedTimestamp(timestamp, what);
    if (refusal !== undefined) throw this.#user.fault('timer', refusal);
    if (this.#host.calls.hasOnTimer) return;
    throw this.#user.fault(
      'timer',
      `registers ${what}, but the function has no onTimer: give it one, or register none`,
    );
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
