/** What a trigger sees and does at a window: one object for all calls, so that a record allocates nothing. */
import type { StateAccess, TimeWindow, Timestamp } from '../../job/functions.ts';
import type { StateDescriptor } from '../../job/states.ts';
import type { OnMergeContext } from '../../job/window-functions.ts';
import type { StateTables, TimerQueue } from '../../state/backend.ts';
import type { TurnScope } from '../../state/turn-scope.ts';
import { refusedTimestamp } from '../../time/timestamps.ts';
import { GLOBAL_WINDOW } from '../../time/windows.ts';
import type { OperatorHost } from '../operator.ts';
import { windowStates } from './pane-state.ts';

export class PaneTriggerContext implements OnMergeContext {
  /** The window that the trigger is asked about. */
  window: TimeWindow = GLOBAL_WINDOW;
  /** While windows merge: those that are no more, by start. */
  merged: readonly TimeWindow[] = [];
  readonly getState: StateAccess['getState'];
  readonly #host: OperatorHost;
  readonly #scope: TurnScope;
  readonly #event: TimerQueue;
  readonly #processing: TimerQueue;
  readonly #tables: StateTables;

  constructor(host: OperatorHost, scope: TurnScope) {
    this.#host = host;
    this.#scope = scope;
    this.#event = host.backend.timers('event');
    this.#processing = host.backend.timers('processing');
    const { access, tables } = windowStates(host, scope, 'trigger:', () => this.window);
    this.#tables = tables;
    this.getState = access.getState.bind(access);
  }

  currentWatermark(): Timestamp {
    return this.#host.effectiveWatermark();
  }
  currentProcessingTime(): Timestamp {
    return this.#scope.now();
  }

  registerEventTimeTimer(timestamp: Timestamp): void {
    this.#register('event', timestamp);
  }
  registerProcessingTimeTimer(timestamp: Timestamp): void {
    this.#register('processing', timestamp);
  }
  deleteEventTimeTimer(timestamp: Timestamp): void {
    this.#delete('event', timestamp);
  }
  deleteProcessingTimeTimer(timestamp: Timestamp): void {
    this.#delete('processing', timestamp);
  }

  mergeState(descriptor: StateDescriptor): void {
    const into = this.window;
    for (const from of this.merged) this.#move(descriptor, from, into);
    this.window = into;
  }

  /** The timers are a set: registering one that is there changes nothing and is no fact. */
  #register(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const { task, probe, backend, calls } = this.#host;
    const { user } = calls;
    const refusal = refusedTimestamp(timestamp, `a timer of ${domain} time`);
    if (refusal !== undefined) throw user.fault('timer', refusal);
    const running = user.pause();
    const namespace = this.window;
    const isNew = (domain === 'event' ? this.#event : this.#processing).add(timestamp, namespace);
    if (isNew) {
      probe.timerRegistered?.({ task, domain, timestamp, key: backend.currentKey, namespace });
      if (domain === 'processing') this.#host.processingTimerRegistered(timestamp);
    }
    // Of a trigger of ours, too, it is the job that takes no end: a firing each millisecond over years, say.
    user.resume(running ?? calls.uid);
    if (isNew) user.bounds.setsTimer(domain, timestamp, this.#host.effectiveWatermark());
    user.resume(running);
  }

  #delete(domain: 'event' | 'processing', timestamp: Timestamp): void {
    const { task, probe, backend, calls } = this.#host;
    const running = calls.user.pause();
    const namespace = this.window;
    if ((domain === 'event' ? this.#event : this.#processing).remove(timestamp, namespace)) {
      probe.timerDeleted?.({ task, domain, timestamp, key: backend.currentKey, namespace });
    }
    calls.user.resume(running);
  }

  #move(descriptor: StateDescriptor, from: TimeWindow, into: TimeWindow): void {
    switch (descriptor.kind) {
      case 'list': {
        const state = this.getState(descriptor);
        this.window = from;
        const items = state.get();
        state.clear();
        this.window = into;
        for (const item of items) state.add(item);
        return;
      }
      case 'reducing': {
        const state = this.getState(descriptor);
        this.window = from;
        const value = state.get();
        state.clear();
        this.window = into;
        if (value !== undefined) state.add(value);
        return;
      }
      case 'aggregating': {
        const { name, type, aggregate } = descriptor;
        const { user } = this.#host.calls;
        const running = user.pause();
        const table = this.#tables.table(name, type);
        this.window = from;
        const more = table.get(undefined);
        table.remove(undefined);
        this.window = into;
        const before = more === undefined ? undefined : table.get(undefined);
        if (before === undefined && more !== undefined) table.put(undefined, more);
        user.resume(running);
        if (more === undefined || before === undefined) return;
        if (aggregate.merge === undefined) break;
        const merged = aggregate.merge(before, more);
        user.pause();
        table.put(undefined, merged);
        user.resume(running);
        return;
      }
      case 'value':
      case 'map':
    }
    throw this.#host.calls.user.fault(
      'state',
      `mergeState of state "${descriptor.name}", a ${descriptor.kind} state: only a list, a reducing one, or an aggregating one whose function has merge can be merged`,
    );
  }
}
