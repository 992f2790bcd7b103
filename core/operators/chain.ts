/**
 * The operators of a task behind its head, wired by direct calls: what one emits, the next one receives in the same
 * step. A receiver is an operator of the chain, an output edge, or several of them in the order of the job's edges.
 */
import type { Timestamp } from '../job/functions.ts';
import type { EdgeSpec, Erased, NodeSpec } from '../job/spec.ts';
import { assert, EngineBug } from '../errors.ts';
import type { OutputChannel } from '../channels/output-channel.ts';
import type { UserCode } from '../user-code.ts';
import { UserCalls } from './user-calls.ts';

export interface Receiver {
  receive(value: unknown, timestamp: Timestamp | undefined): void;
}

/** Everything that leaves a node: by side-output tag, `undefined` for the main output. */
export interface NodeOutputs {
  readonly main: Receiver;
  /**
   * Elements of a declared tag without a consumer are discarded; an undeclared tag is the author's error and found
   * earlier.
   */
  side(tag: string): Receiver;
}

const NOWHERE: Receiver = { receive: () => undefined };

class FanOut implements Receiver {
  readonly #targets: readonly Receiver[];
  constructor(targets: readonly Receiver[]) {
    this.#targets = targets;
  }
  receive(value: unknown, timestamp: Timestamp | undefined): void {
    for (const target of this.#targets) target.receive(value, timestamp);
  }
}

/** One output edge: asks the partitioner for the receiver. `channels` are those to the receivers from `first` on. */
export class OutputEdge implements Receiver {
  readonly edge: EdgeSpec;
  readonly channels: readonly OutputChannel[];
  readonly #partition: ((value: unknown) => number) | 'broadcast';
  readonly #first: number;

  constructor(
    edge: EdgeSpec,
    channels: readonly OutputChannel[],
    partition: ((value: unknown) => number) | 'broadcast',
    first = 0,
  ) {
    this.edge = edge;
    this.channels = channels;
    this.#partition = partition;
    this.#first = first;
  }

  receive(value: unknown, timestamp: Timestamp | undefined): void {
    if (this.#partition === 'broadcast') {
      for (const channel of this.channels) channel.send(value, timestamp);
      return;
    }
    const receiver = this.#partition(value);
    const channel = this.channels[receiver - this.#first];
    assert(
      channel !== undefined,
      () => `edge ${this.edge.id}: there is no channel to subtask ${receiver}, which the partitioner named`,
    );
    channel.send(value, timestamp);
  }
}

class MapOperator implements Receiver {
  readonly #uid: string;
  readonly #fn: Erased<unknown>;
  readonly #next: Receiver;
  readonly #calls: UserCalls;

  constructor(node: NodeSpec, fn: Erased<unknown>, next: Receiver, user: UserCode) {
    this.#uid = node.uid;
    this.#fn = fn;
    this.#next = next;
    this.#calls = new UserCalls(node, user);
  }

  receive(value: unknown, timestamp: Timestamp | undefined): void {
    const { user } = this.#calls;
    let result: unknown;
    user.enter(this.#uid);
    try {
      result = this.#fn(value);
    } catch (error) {
      throw user.thrown(error, this.#uid, 'the map function', value);
    }
    user.leave();
    this.#calls.record(result, 'the map function', value);
    this.#next.receive(result, timestamp);
  }
}

class FlatMapOperator implements Receiver {
  readonly #uid: string;
  readonly #fn: Erased<Iterable<unknown>>;
  readonly #next: Receiver;
  readonly #calls: UserCalls;

  constructor(node: NodeSpec, fn: Erased<Iterable<unknown>>, next: Receiver, user: UserCode) {
    this.#uid = node.uid;
    this.#fn = fn;
    this.#next = next;
    this.#calls = new UserCalls(node, user);
  }

  receive(value: unknown, timestamp: Timestamp | undefined): void {
    const { user } = this.#calls;
    user.enter(this.#uid);
    try {
      const results: unknown = this.#fn(value);
      if (!isIterable(results)) throw this.#calls.refused(results, 'an iterable', 'the flatMap function', value);
      // A generator of the user's runs on between two results.
      for (const result of results) {
        user.bounds.emits();
        user.leave();
        this.#calls.record(result, 'the flatMap function', value);
        this.#next.receive(result, timestamp);
        user.enter(this.#uid);
      }
    } catch (error) {
      throw user.thrown(error, this.#uid, 'the flatMap function', value);
    }
    user.leave();
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

class FilterOperator implements Receiver {
  readonly #uid: string;
  readonly #fn: Erased<boolean>;
  readonly #next: Receiver;
  readonly #calls: UserCalls;

  constructor(node: NodeSpec, fn: Erased<boolean>, next: Receiver, user: UserCode) {
    this.#uid = node.uid;
    this.#fn = fn;
    this.#next = next;
    this.#calls = new UserCalls(node, user);
  }

  receive(value: unknown, timestamp: Timestamp | undefined): void {
    const { user } = this.#calls;
    let keep: unknown;
    user.enter(this.#uid);
    try {
      keep = this.#fn(value);
    } catch (error) {
      throw user.thrown(error, this.#uid, 'the filter function', value);
    }
    user.leave();
    if (typeof keep !== 'boolean') throw this.#calls.refused(keep, 'true or false', 'the filter function', value);
    if (keep) this.#next.receive(value, timestamp);
  }
}

/** What a chain is built from. */
export interface ChainParts {
  /** Head first. */
  readonly nodes: readonly NodeSpec[];
  /** All edges of the job, by id. */
  readonly edges: readonly EdgeSpec[];
  readonly outputEdge: (edge: EdgeSpec) => OutputEdge;
  readonly sink: (node: NodeSpec) => Receiver;
  readonly user: UserCode;
}

export interface Chain {
  /** Takes what a stateless head receives; a source or keyed head emits into `headOutputs` instead. */
  readonly head: Receiver;
  readonly headOutputs: NodeOutputs;
  /** In the order of the job's edges. */
  readonly outputEdges: readonly OutputEdge[];
}

export function buildChain(parts: ChainParts): Chain {
  const outputEdges = new Map<number, OutputEdge>();
  const receivers = new Map<number, Receiver>();
  const outputs = new Map<number, NodeOutputs>();
  const inChain = new Set(parts.nodes.map((node) => node.id));
  const target = (edge: EdgeSpec): Receiver => {
    if (!inChain.has(edge.to)) {
      const output = parts.outputEdge(edge);
      outputEdges.set(edge.id, output);
      return output;
    }
    const receiver = receivers.get(edge.to);
    assert(receiver !== undefined, () => `node ${edge.to} is chained before it is built`);
    return receiver;
  };
  // Tail to head, so that the receiver of each node already exists.
  for (const node of [...parts.nodes].reverse()) {
    const out = outputsOf(node, parts.edges, target);
    outputs.set(node.id, out);
    receivers.set(node.id, receiverOf(node, out.main, parts));
  }
  const head = parts.nodes[0];
  const headReceiver = head === undefined ? undefined : receivers.get(head.id);
  const headOutputs = head === undefined ? undefined : outputs.get(head.id);
  assert(headReceiver !== undefined && headOutputs !== undefined, () => 'a chain without operators');
  const ordered = [...outputEdges.values()].sort((a, b) => a.edge.id - b.edge.id);
  return { head: headReceiver, headOutputs, outputEdges: ordered };
}

function outputsOf(node: NodeSpec, edges: readonly EdgeSpec[], target: (edge: EdgeSpec) => Receiver): NodeOutputs {
  const byTag = new Map<string | undefined, Receiver[]>();
  for (const edge of edges) {
    if (edge.from !== node.id) continue;
    const targets = byTag.get(edge.tag);
    if (targets === undefined) byTag.set(edge.tag, [target(edge)]);
    else targets.push(target(edge));
  }
  const single = (targets: readonly Receiver[] | undefined): Receiver => {
    const [first, ...others] = targets ?? [];
    if (first === undefined) return NOWHERE;
    return others.length === 0 ? first : new FanOut([first, ...others]);
  };
  const sides = new Map<string, Receiver>();
  for (const { tag } of node.sideOutputs) sides.set(tag, single(byTag.get(tag)));
  return {
    main: single(byTag.get(undefined)),
    side: (tag) => {
      const receiver = sides.get(tag);
      if (receiver === undefined) throw new EngineBug(`operator ${node.uid} has no side output ${tag}`);
      return receiver;
    },
  };
}

function receiverOf(node: NodeSpec, next: Receiver, parts: ChainParts): Receiver {
  const { operator } = node;
  switch (operator.kind) {
    case 'map':
      return new MapOperator(node, operator.fn, next, parts.user);
    case 'flatMap':
      return new FlatMapOperator(node, operator.fn, next, parts.user);
    case 'filter':
      return new FilterOperator(node, operator.fn, next, parts.user);
    case 'sink':
      return parts.sink(node);
    case 'source':
    case 'process':
    case 'reduce':
    case 'window':
    case 'coProcess':
    case 'intervalJoin':
    case 'keyedBroadcast':
    case 'broadcast':
    case 'plainProcess':
    case 'asyncWait':
      // Only ever a head; it receives through the task, not through the chain.
      return NOWHERE;
  }
}
