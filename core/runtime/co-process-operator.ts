/**
 * Runs a user's `KeyedCoProcessFunction` (Flink: `KeyedCoProcessOperator`): two inputs, one keyed state. The head has set
 * the current key by the input's own key function; all else is as in `process-operator.ts`.
 */
import type { KeyedCoProcessFunction, OpenContext, Timestamp } from '../api/functions.ts';
import type { TimerEntry } from '../state/backend.ts';
import type { KeyedOperator, OperatorHost } from './operator.ts';
import { TurnContext } from './turn-context.ts';
import { refuseThenable } from './user-function.ts';

export class CoProcessOperator implements KeyedOperator {
  private readonly fn: KeyedCoProcessFunction<unknown, unknown, unknown, unknown>;
  private readonly uid: string;
  private readonly context: TurnContext;

  /** `create` comes from the job's spec; it is called once. */
  constructor(create: () => KeyedCoProcessFunction<unknown, unknown, unknown, unknown>, host: OperatorHost) {
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

  processElement(value: unknown, timestamp: Timestamp | undefined, input: 1 | 2): void {
    const { context } = this;
    context.timestamp = timestamp;
    if (input === 1) refuseThenable(this.fn.processElement1(value, context, context), this.uid, 'processElement1');
    else refuseThenable(this.fn.processElement2(value, context, context), this.uid, 'processElement2');
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
