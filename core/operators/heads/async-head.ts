/**
 * An operator that asks an external service about each element, at the head of a chain (SEMANTICS J3; Flink:
 * `AsyncWaitOperator`). It never waits: an answer is a letter of the task, as input is.
 *
 *     record ----> request() ----> queue, asked ----answer, or too late----> done
 *     watermark -----------------> queue                                      |
 *                                    '--- may leave: answer() or timeout(), a turn of its own ---> out
 *
 * A snapshot holds the elements that have not left, in order, and no watermarks: of those a restore begins anew, as all
 * operators do. Restored elements are asked about first, no more at once than there is room for. While the queue is full, or
 * all input has come and something still waits, the task takes no input, so that the end of data, or the barrier of a drain,
 * comes behind all results. *Ours*: a subtask is idle only while nothing waits.
 */
import type { AsyncFunction } from '../../job/async-functions.ts';
import type { Timestamp } from '../../job/functions.ts';
import type { AsyncWaitSpec } from '../../job/spec.ts';
import { listState, type ListState } from '../../job/states.ts';
import { int64, nullable, record, type TypeInfo } from '../../job/types.ts';
import { assert, IoError } from '../../errors.ts';
import type { ExternalServices, ServiceAnswer } from '../../ports.ts';
import type { OperatorStateHandle } from '../../state/operator-handles.ts';
import { OperatorStates } from '../../state/operator/operator-state.ts';
import { fromBytes, toBytes } from '../../values/serializers.ts';
import { deepFreeze } from '../../values/freeze.ts';
import { type Taker, takerOf } from '../../values/taker.ts';
import type { Coroutine } from '../../waiting.ts';
import { type RequestEvent, Requests } from '../async/requests.ts';
import { type Outcome, ResultQueue, type Waiting } from '../async/result-queue.ts';
import { OutputContext } from '../output-context.ts';
import { restoreLists } from './restore-lists.ts';
import { type HeadEnv, HeadOfChain } from '../turn-host.ts';
import type { UserCalls } from '../user-calls.ts';
import { callFunction, createFunction } from '../user-functions.ts';

type UserFunction = AsyncFunction<unknown, unknown, unknown, unknown>;

/** An element as a snapshot holds it. */
interface Pending {
  readonly value: unknown;
  readonly timestamp: Timestamp | null;
}

export interface AsyncHeadEnv {
  readonly operator: AsyncWaitSpec;
  readonly services: ExternalServices;
  readonly post: (event: RequestEvent) => void;
  readonly sendWatermark: (watermark: Timestamp) => void;
  readonly sendStatus: (idle: boolean) => void;
}

export class AsyncHead extends HeadOfChain {
  /** It has no such state. */
  readonly broadcast = undefined;
  readonly states: OperatorStates;
  readonly #env: AsyncHeadEnv;
  readonly #queue: ResultQueue;
  readonly #requests: Requests;
  readonly #requestTaker: Taker;
  readonly #context: OutputContext;
  #fn: UserFunction | undefined;
  /** Elements of the restored checkpoint that have not been asked about yet; they come before all others. */
  #restored: readonly Pending[] = [];
  #elements = 0;
  /** What the input says, and what has gone out. */
  readonly #idle = { input: false, sent: false };
  /** All input has come: what to do once nothing waits any more. */
  #drained: (() => void) | undefined;

  constructor(base: HeadEnv, env: AsyncHeadEnv) {
    super(base);
    this.#env = env;
    const { vertex, clock, task, probe, user } = base;
    const { operator, services, post } = env;
    const { subtask } = task;
    this.states = new OperatorStates(vertex.uid, user, { subtask, parallelism: vertex.parallelism });
    this.#queue = new ResultQueue(operator.mode);
    this.#requests = new Requests({
      services,
      clock,
      service: operator.service.name,
      timeoutMs: operator.timeoutMs,
      retry: operator.retry,
      post,
      sent: (element, nth) => probe.asyncSent?.({ task, element, nth }),
    });
    this.#requestTaker = takerOf(operator.service.requestType);
    this.#context = new OutputContext(this);
  }

  /** Before `open`. */
  *restore(handles: readonly OperatorStateHandle[], read: (object: string) => Coroutine<Uint8Array>): Coroutine<void> {
    yield* restoreLists(this, handles, read);
  }

  open(): void {
    const { vertex } = this;
    const { operator } = this.#env;
    const { subtask } = this.task;
    this.#fn = createFunction<UserFunction>(operator.create, ['request', 'answer'], this.calls);
    callFunction(this.calls, this.#fn, 'open', (fn) =>
      fn.open?.({ uid: vertex.uid, subtask, parallelism: vertex.parallelism }),
    );
    this.states.register(() => {
      this.#restored = listOf(this.states, this.#env.operator).get();
    });
    this.#resume();
  }

  close(): void {
    this.#requests.cancel();
    if (this.#fn !== undefined) callFunction(this.calls, this.#fn, 'close', (fn) => fn.close?.());
  }

  // ---- input

  /** No more may wait, or nothing more may come before what waits is done. */
  get isFull(): boolean {
    const drains = this.#drained !== undefined && !this.#isEmpty;
    return drains || this.#restored.length > 0 || this.#queue.size >= this.#env.operator.capacity;
  }

  /** For the wait-for explanation. */
  get waitsFor(): string | undefined {
    if (!this.isFull) return undefined;
    const elements = this.#queue.waiting.length + this.#restored.length;
    return `answers of the service ${this.#env.operator.service.name} for ${elements} elements`;
  }

  /** A record. Inside a turn. */
  process(_edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    this.#ask(value, timestamp);
  }

  /** The task's watermark rose. */
  advance(watermark: Timestamp): void {
    this.#queue.watermark(watermark);
    this.#release();
  }

  status(idle: boolean): void {
    this.#idle.input = idle;
    this.#sendStatus();
  }

  /** All input has come. `drained`: called once nothing waits any more, perhaps at once. */
  endInput(drained: () => void): void {
    this.#drained = drained;
    const { task, probe } = this;
    const pending = this.#queue.waiting.length + this.#restored.length;
    if (pending > 0) probe.asyncDraining?.({ task, pending, retrying: this.#requests.retrying.length });
    this.#requests.last();
    this.#release();
  }

  // ---- answers

  /** A letter about a request. */
  onEvent(event: RequestEvent): void {
    const { element } = event;
    switch (event.kind) {
      case 'answer':
        this.#onAnswer(element, event.nth, event.answer);
        return;
      case 'retry':
        this.#requests.again(element);
        return;
      case 'timeout':
        this.#onTimeout(element);
    }
  }

  /** The sync part of a snapshot. */
  snapshot(): ReturnType<OperatorStates['snapshot']> {
    const pending = this.#queue.waiting.map(({ value, timestamp = null }): Pending => ({ value, timestamp }));
    listOf(this.states, this.#env.operator).update([...pending, ...this.#restored]);
    return this.states.snapshot();
  }

  #onAnswer(element: number, nth: number, answer: ServiceAnswer): void {
    const { task, probe } = this;
    const { service } = this.#env.operator;
    const counts = this.#requests.counts(element, nth);
    const value = answer.kind === 'answered' ? fromBytes(service.responseType, answer.bytes) : undefined;
    deepFreeze(value);
    probe.asyncAnswered?.({ task, element, nth, outcome: answer.kind, value, counts });
    if (!counts) return;
    if (answer.kind !== 'answered') {
      this.#requests.failed(element, `${service.name} ${answer.kind} it (${answer.message})`);
      return;
    }
    this.#done(element, { by: 'answer', value });
  }

  #onTimeout(element: number): void {
    if (!this.#requests.isOpen(element)) return;
    const { operator } = this.#env;
    this.probe.asyncTimedOut?.({ task: this.task, element });
    if (this.#fn?.timeout === undefined)
      throw new IoError(`service ${operator.service.name}: no answer within ${operator.timeoutMs} ms`);
    this.#done(element, { by: 'timeout' });
  }

  #done(element: number, outcome: Outcome): void {
    this.#requests.close(element);
    const waiting = this.#queue.waiting.find((one) => one.element === element);
    assert(waiting !== undefined, () => `element ${element} of ${this.calls.uid} is done and does not wait`);
    this.#queue.done(waiting, outcome);
    this.#release();
  }

  /** Everything that may leave does; then there is room again. */
  #release(): void {
    for (let next = this.#queue.release(); next !== undefined; next = this.#queue.release()) {
      if (next.kind === 'watermark') this.#env.sendWatermark(next.timestamp);
      else this.#complete(next.waiting, next.outcome);
    }
    this.#resume();
    this.#sendStatus();
    if (this.#drained !== undefined && this.#isEmpty) this.#drained();
  }

  /** A turn. */
  #complete({ element, value, timestamp }: Waiting, outcome: Outcome): void {
    const { task, probe, calls } = this;
    const context = this.#context;
    calls.user.atRecord(value);
    probe.asyncCompleted?.({ task, element, by: outcome.by });
    context.timestamp = timestamp;
    assert(this.#fn !== undefined, () => `operator ${calls.uid} is used before it is open`);
    if (outcome.by === 'timeout') callFunction(calls, this.#fn, 'timeout', (fn) => fn.timeout?.(value, context));
    else {
      calls.user.show('the answer', outcome.value);
      callFunction(calls, this.#fn, 'answer', (fn) => fn.answer(value, outcome.value, context));
    }
    calls.user.check();
    probe.turnEnded?.({ task });
  }

  // ---- requests

  /** As many of the restored elements as there is room for, a turn each. */
  #resume(): void {
    while (this.#queue.size < this.#env.operator.capacity) {
      const [next, ...rest] = this.#restored;
      if (next === undefined) return;
      this.#restored = rest;
      const { task, probe, calls } = this;
      const timestamp = next.timestamp ?? undefined;
      calls.user.atRecord(next.value);
      probe.asyncResumed?.({ task, element: this.#elements, value: next.value, timestamp });
      this.#ask(next.value, timestamp);
      calls.user.check();
      probe.turnEnded?.({ task });
    }
  }

  #ask(value: unknown, timestamp: Timestamp | undefined): void {
    const element = this.#elements++;
    const request = requestOf(this.calls, this.#fn, this.#requestTaker, value);
    this.probe.asyncRequested?.({ task: this.task, element, request });
    this.#queue.put({ element, value, timestamp, outcome: undefined });
    this.#requests.ask(element, toBytes(this.#env.operator.service.requestType, request));
  }

  // ---- state and status

  get #isEmpty(): boolean {
    return this.#queue.size === 0 && this.#restored.length === 0;
  }

  #sendStatus(): void {
    const idle = this.#idle.input && this.#isEmpty;
    if (idle === this.#idle.sent) return;
    this.#idle.sent = idle;
    this.#env.sendStatus(idle);
  }
}

/** The elements that wait, as part of the state. */
function listOf(states: OperatorStates, { inType }: AsyncWaitSpec): ListState<Pending> {
  const type: TypeInfo<Pending> = record({ value: inType, timestamp: nullable(int64) });
  return states.state(listState('async-pending', type));
}

/** What is to be asked about an element. @throws JobFault if the function throws, or it is no request. */
function requestOf(calls: UserCalls, fn: UserFunction | undefined, taker: Taker, value: unknown): unknown {
  const { user, uid } = calls;
  assert(fn !== undefined, () => `operator ${uid} is used before it is open`);
  let request: unknown;
  user.enter(uid);
  try {
    request = fn.request(value);
  } catch (error) {
    throw user.thrown(error, uid, 'request');
  }
  user.leave();
  calls.ofType(taker, request, 'request');
  return request;
}
