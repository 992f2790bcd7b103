/**
 * Runs a user's `KeyedCoProcessFunction` (Flink: `KeyedCoProcessOperator`): two inputs, one keyed state. The head has set
 * the current key by the input's own key function.
 */
import type { KeyedCoProcessFunction, Timestamp } from '../job/functions.ts';
import { FunctionOperator } from './function-operator.ts';
import type { OperatorHost } from './operator.ts';
import { TurnContext } from './turn-context.ts';

type UserFunction = KeyedCoProcessFunction<unknown, unknown, unknown, unknown>;

export class CoProcessOperator extends FunctionOperator<UserFunction, TurnContext> {
  constructor(create: () => UserFunction, host: OperatorHost) {
    super(create, ['processElement1', 'processElement2'], host.calls, new TurnContext(host));
  }

  processElement(value: unknown, timestamp: Timestamp | undefined, input: 1 | 2): void {
    const { context } = this;
    context.atElement(timestamp);
    if (input === 1) this.callAtKey('processElement1', (fn) => fn.processElement1(value, context, context));
    else this.callAtKey('processElement2', (fn) => fn.processElement2(value, context, context));
  }
}
