/** The input that a task begins with, from what it was deployed with. */
import type { InputGate } from '../channels/input-gate.ts';
import type { Coroutine, Scope } from '../waiting.ts';
import { GateInput } from './gate-input.ts';
import { InputWatermarks } from './input-watermarks.ts';
import type { Mailbox } from './mailbox.ts';
import { ReplayInput } from './replay-input.ts';
import { SourceInput } from './source-input.ts';
import type { TaskEnv } from './task-env.ts';
import type { BarrierEvents, TaskInput } from './task-input.ts';
import type { TaskOperators } from './task-operators.ts';
import { inputNumbersOf, replayOf, sourceOf } from './task-wiring.ts';

export interface InputParts {
  readonly env: TaskEnv;
  readonly scope: Scope;
  readonly mailbox: Mailbox;
  readonly gate: InputGate;
  readonly operators: TaskOperators;
  readonly barriers: BarrierEvents;
}

/** Reads in-flight data of the restored checkpoint, if there is any. Throws `IoError` if an object of it is missing. */
export function* createInput({ env, scope, mailbox, gate, operators, barriers }: InputParts): Coroutine<TaskInput> {
  const head = env.vertex.nodes[0]?.operator;
  if (head?.kind === 'source') {
    const reader = sourceOf(env, head, operators.user, scope, mailbox);
    return new SourceInput(env, reader, head.watermarks, operators, mailbox);
  }
  const watermarks = new InputWatermarks(inputNumbersOf(env, gate.channels), operators);
  const targets = { operators, watermarks, barriers };
  const input = new GateInput(env, gate, targets);
  const replay = yield* replayOf(env, gate.channels);
  return replay === undefined ? input : new ReplayInput(env, replay, input, targets);
}
