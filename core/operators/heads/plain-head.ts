/**
 * A process function without key at the head of a chain, with or without a broadcast input (Flink: `ProcessOperator`,
 * `CoBroadcastWithNonKeyedOperator`): its lists, its copy of the broadcast state, and which input an element is of. Timers and
 * watermarks pass it by. Inside a turn it does what `KeyedHead` does for keyed operators.
 */
import type { OperatorOpenContext, OperatorStateAccess } from '../../job/operator-states.ts';
import type { OpenContext, Timestamp } from '../../job/functions.ts';
import type { OperatorSpec } from '../../job/spec.ts';
import type { MapDescriptor } from '../../job/states.ts';
import { BroadcastStore } from '../../state/broadcast-state.ts';
import type { OperatorStateHandle } from '../../state/operator-handles.ts';
import { OperatorStates } from '../../state/operator/operator-state.ts';
import { PlainContext } from '../plain-context.ts';
import { type HeadEnv, HeadOfChain } from '../turn-host.ts';
import { restoreLists } from './restore-lists.ts';
import { assert } from '../../errors.ts';
import type { Coroutine } from '../../waiting.ts';
import { callFunction, createFunction } from '../user-functions.ts';

type PlainSpec = Extract<OperatorSpec, { readonly kind: 'broadcast' | 'plainProcess' }>;

/** What the function of either kind looks like to the head. */
interface UserFunction {
  open?(ctx: OperatorOpenContext): void;
  close?(): void;
}

/** Calls the method for an element of the first or the second input. */
type Methods = Readonly<Record<1 | 2, string>>;
const METHODS: Methods = { 1: 'processElement', 2: 'processBroadcastElement' };

export class PlainHead extends HeadOfChain {
  readonly broadcast: BroadcastStore;
  readonly states: OperatorStates;
  readonly #operator: PlainSpec;
  #fn: UserFunction | undefined;
  /** Makes the function, and says what an element does with it. */
  #process: ((input: 1 | 2, value: unknown) => void) | undefined;
  /** Edges of the first input. */
  readonly #elements: ReadonlySet<number>;
  readonly #context: PlainContext;

  constructor(base: HeadEnv, operator: PlainSpec) {
    super(base);
    this.#operator = operator;
    const { vertex, user } = base;
    const beside = operator.kind === 'broadcast' ? operator : undefined;
    this.broadcast = new BroadcastStore(vertex.uid, beside?.states ?? [], user);
    const { subtask } = this.task;
    this.states = new OperatorStates(vertex.uid, user, { subtask, parallelism: vertex.parallelism });
    this.#elements = new Set(vertex.inEdges.slice(0, beside?.firstInputs).map((edge) => edge.id));
    this.#context = new PlainContext(this, this.states, this.broadcast);
  }

  /** Before `open`. */
  *restore(handles: readonly OperatorStateHandle[], read: (object: string) => Coroutine<Uint8Array>): Coroutine<void> {
    yield* restoreLists(this, handles, read);
  }

  open(): void {
    const { vertex } = this;
    const operator = this.#operator;
    const { subtask } = this.task;
    const place = { uid: vertex.uid, subtask, parallelism: vertex.parallelism };
    const context = openContext(place, this.states, this.broadcast, operator.kind === 'plainProcess');
    this.#process = operator.kind === 'broadcast' ? this.#besideBroadcast(operator) : this.#alone(operator);
    const { broadcast, states } = this;
    const open = (): void => {
      this.#call('open', (fn) => fn.open?.(context));
    };
    states.register(
      operator.kind === 'broadcast'
        ? open
        : () => {
            broadcast.write(open);
          },
    );
  }

  close(): void {
    if (this.#fn !== undefined) this.#call('close', (fn) => fn.close?.());
  }

  /** A record of an input edge. Inside a turn. */
  process(edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    assert(this.#process !== undefined, () => `operator ${this.vertex.uid} is used before it is open`);
    this.#context.timestamp = timestamp;
    this.#process(this.#elements.has(edge) ? 1 : 2, value);
  }

  /** Elements may read broadcast state, broadcast elements may write it. */
  #besideBroadcast({
    create,
  }: Extract<PlainSpec, { readonly kind: 'broadcast' }>): (input: 1 | 2, value: unknown) => void {
    const fn = createFunction(create, [METHODS[1], METHODS[2]], this.calls);
    this.#fn = fn;
    const context = this.#context;
    return (input, value) => {
      if (input === 1) this.#call(METHODS[1], () => fn.processElement(value, context, context));
      else {
        this.broadcast.write(() => {
          this.#call(METHODS[2], () => fn.processBroadcastElement(value, context, context));
        });
      }
    };
  }

  #alone({ create }: Extract<PlainSpec, { readonly kind: 'plainProcess' }>): (input: 1 | 2, value: unknown) => void {
    const fn = createFunction(create, [METHODS[1]], this.calls);
    this.#fn = fn;
    const context = this.#context;
    return (_input, value) => {
      this.broadcast.write(() => {
        this.#call(METHODS[1], () => fn.processElement(value, context, context));
      });
    };
  }

  #call(method: string, body: (fn: UserFunction) => unknown): void {
    assert(this.#fn !== undefined, () => `operator ${this.vertex.uid} is used before it is open`);
    callFunction(this.calls, this.#fn, method, body);
  }
}

function openContext(
  place: OpenContext,
  states: OperatorStates,
  broadcast: BroadcastStore,
  declares: boolean,
): OperatorOpenContext {
  const getState: OperatorStateAccess['getState'] = (descriptor) => states.state(descriptor);
  const getBroadcastState: OperatorOpenContext['getBroadcastState'] = <K, V>(descriptor: MapDescriptor<K, V>) => {
    if (declares) broadcast.declare(descriptor);
    return broadcast.state(descriptor);
  };
  const { uid, subtask, parallelism } = place;
  return { uid, subtask, parallelism, getState, getBroadcastState };
}
