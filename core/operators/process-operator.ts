/** Runs a user's `KeyedProcessFunction` (Flink: `KeyedProcessOperator`). */
import type { KeyedProcessFunction, Timestamp } from '../job/functions.ts';
import { FunctionOperator } from './function-operator.ts';
import type { OperatorHost } from './operator.ts';
import { TurnContext } from './turn-context.ts';

type UserFunction = KeyedProcessFunction<unknown, unknown, unknown>;

export class ProcessOperator extends FunctionOperator<UserFunction, TurnContext> {
  constructor(create: () => UserFunction, host: OperatorHost) {
    super(create, ['processElement'], host.calls, new TurnContext(host));
  }

  processElement(value: unknown, timestamp: Timestamp | undefined): void {
    const { context } = this;
    context.atElement(timestamp);
    this.callAtKey('processElement', (fn) => {
      return fn.processElement(value, context, context);
    });
  }
}
