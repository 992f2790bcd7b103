/** How the result of a pane becomes output: as it is, by `emit`, or by a function of the author's with its context. */
import type { OpenContext, StateAccess, TimeWindow, Timestamp } from '../../job/functions.ts';
import type { WindowSpec } from '../../job/spec.ts';
import type { ProcessWindowContext, ProcessWindowFunction } from '../../job/window-functions.ts';
import { assert } from '../../errors.ts';
import type { TurnScope } from '../../state/turn-scope.ts';
import { GLOBAL_WINDOW, maxTimestampOf } from '../../time/windows.ts';
import type { OperatorHost } from '../operator.ts';
import { OutputContext } from '../output-context.ts';
import { callFunction, createFunction } from '../user-functions.ts';
import { listOf } from './folds.ts';
import { keyStates, windowStates } from './pane-state.ts';
import { called } from './user-call.ts';

/** Everything goes out with the timestamp of the pane, the window's end - 1. */
export interface PaneOutput {
  open(ctx: OpenContext): void;
  /** `result`: of the fold; undefined: a reduction of nothing, which emits nothing. */
  emit(window: TimeWindow, result: unknown): void;
  /** The window is cleaned up. */
  clear(window: TimeWindow): void;
  close(): void;
}

/** `merges`: the windows may merge, and so have no state of their own. */
export function paneOutputOf(spec: WindowSpec, merges: boolean, host: OperatorHost, scope: TurnScope): PaneOutput {
  const { create, fold } = spec;
  if (create === undefined) return new ValueOutput(spec, host);
  return new FunctionOutput(create, fold.kind === 'list', new PaneContext(host, scope, merges), host);
}

class ValueOutput implements PaneOutput {
  readonly #emit: WindowSpec['emit'];
  readonly #host: OperatorHost;

  constructor({ emit }: WindowSpec, host: OperatorHost) {
    this.#emit = emit;
    this.#host = host;
  }

  open(): void {
    // Folds are functions without a life cycle.
  }

  emit(window: TimeWindow, result: unknown): void {
    if (result === undefined) return;
    const { calls, backend } = this.#host;
    const emit = this.#emit;
    if (emit === undefined) {
      calls.record(result, 'the window function');
      return this.#host.emit(result, maxTimestampOf(window));
    }
    const pane = { key: backend.currentKey, window, result };
    const value = called(calls, 'emit', pane, () => emit(pane));
    calls.record(value, 'emit', pane);
    this.#host.emit(value, maxTimestampOf(window));
  }

  clear(): void {
    // It remembers nothing.
  }
  close(): void {
    // See open.
  }
}

type OwnFunction = ProcessWindowFunction<unknown, unknown, unknown>;

class FunctionOutput implements PaneOutput {
  readonly #create: () => OwnFunction;
  /** The function is given the elements; else the one result. */
  readonly #isOfElements: boolean;
  readonly #context: PaneContext;
  readonly #host: OperatorHost;
  #fn: OwnFunction | undefined;

  constructor(create: () => OwnFunction, isOfElements: boolean, context: PaneContext, host: OperatorHost) {
    this.#create = create;
    this.#isOfElements = isOfElements;
    this.#context = context;
    this.#host = host;
  }

  open(ctx: OpenContext): void {
    this.#fn = createFunction(this.#create, ['process'], this.#host.calls);
    this.#call('open', (fn) => fn.open?.(ctx));
  }

  emit(window: TimeWindow, result: unknown): void {
    if (!this.#isOfElements && result === undefined) return;
    const elements = this.#isOfElements ? listOf(result) : Object.freeze([result]);
    this.#host.calls.user.show('the elements', elements);
    this.#context.at(window);
    this.#call('process', (fn) => fn.process(elements, this.#context, this.#context));
  }

  clear(window: TimeWindow): void {
    this.#context.at(window);
    this.#call('clear', (fn) => fn.clear?.(this.#context));
  }

  close(): void {
    if (this.#fn !== undefined) this.#call('close', (fn) => fn.close?.());
  }

  #call(method: string, body: (fn: OwnFunction) => unknown): void {
    const { calls } = this.#host;
    assert(this.#fn !== undefined, () => `operator ${calls.uid} is used before it is open`);
    callFunction(calls, this.#fn, method, body);
  }
}

class PaneContext extends OutputContext implements ProcessWindowContext {
  window: TimeWindow = GLOBAL_WINDOW;
  readonly windowState: StateAccess;
  readonly globalState: StateAccess;
  readonly #host: OperatorHost;
  readonly #scope: TurnScope;

  constructor(host: OperatorHost, scope: TurnScope, merges: boolean) {
    super(host);
    this.#host = host;
    this.#scope = scope;
    const { user } = host.calls;
    this.globalState = keyStates(host, scope, 'key:');
    this.windowState = merges
      ? {
          getState: ({ name }) => {
            throw user.fault(
              'state',
              `windowState "${name}": windows that merge have no state of their own; keep it in globalState, or in the accumulator`,
            );
          },
        }
      : windowStates(host, scope, 'window:', () => this.window).access;
  }

  at(window: TimeWindow): void {
    this.window = window;
    this.timestamp = maxTimestampOf(window);
  }

  get currentKey(): unknown {
    return this.#host.backend.currentKey;
  }
  currentWatermark(): Timestamp {
    return this.#host.effectiveWatermark();
  }
  currentProcessingTime(): Timestamp {
    return this.#scope.now();
  }
}
