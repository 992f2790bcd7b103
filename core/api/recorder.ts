/**
 * Records what a job author calls, checks that it makes a job, and freezes it into a `JobSpec`. `job.ts` is the face of
 * it. Every mistake is a `JobError` that says what, where, and what to do; what depends on the job's parallelism is
 * checked by `core/graph/physical.ts`, and the functions' values when they are written.
 */
import { lineHere, lineOf, placeOf, rememberPlace } from '../defined-at.ts';
import { JobError } from '../errors.ts';
import { keyHasher } from '../values/hash.ts';
import { MAX_PARALLELISM_LIMIT } from '../graph/key-groups.ts';
import { serializerOf } from '../values/serializers.ts';
import { checkFunctions, requireFunction, requireType } from './requirements.ts';
import type { OutputTag } from '../job/functions.ts';
import type { MapDescriptor } from '../job/states.ts';
import type { EdgeSpec, JobSpec, NodeSpec, OperatorSpec, PartitionSpec } from '../job/spec.ts';
import type { TypeInfo } from '../job/types.ts';

/** One output of an operator, and how it is distributed to the operators that read it. @internal */
export interface Upstream {
  readonly node: DraftNode;
  /** Undefined: the main output. */
  readonly tag: string | undefined;
  readonly partition: PartitionSpec;
}

/** An operator while the job is written; its author may still set the optional parts. @internal */
export interface DraftNode {
  readonly recorder: Recorder;
  readonly id: number;
  readonly operator: OperatorSpec;
  readonly inputs: readonly Upstream[];
  readonly outType: TypeInfo;
  readonly sideOutputs: readonly OutputTag[];
  uid: string | undefined;
  name: string | undefined;
  parallelism: number | undefined;
  maxParallelism: number | undefined;
}

/** What every operator may be given. */
export interface OperatorOptions {
  /** Names the operator in snapshots: never change it, or its state is lost. Letters, digits, ".", "_" and "-". */
  readonly uid?: string;
  /** Names the operator in reports; its uid by default. */
  readonly name?: string;
}

/** What an operator is made of. @internal */
export interface NewNode {
  readonly operator: OperatorSpec;
  readonly inputs: readonly Upstream[];
  readonly outType: TypeInfo;
  readonly sideOutputs?: readonly OutputTag[];
  readonly options?: OperatorOptions | undefined;
}

/** Of the operators, and of sources. */
const OPTIONS: ReadonlySet<string> = new Set(['uid', 'name', 'sideOutputs', 'watermarks']);
const REMEDIES: Readonly<Record<string, string>> = {
  parallelism: 'write .setParallelism(...) behind it',
  maxParallelism: 'write .setMaxParallelism(...) behind it',
};

/** A uid is part of object names and messages. */
const UID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Collects the operators of one job. @internal */
export class Recorder {
  /** Name of the job. */
  readonly job: string;
  readonly #maxParallelism: number | undefined;
  readonly #nodes: DraftNode[] = [];
  readonly #time: 'first' | 'again';
  #open = true;

  /** `again`: for its functions alone, which happens in each run of a check; where its operators were added is known already. */
  constructor(job: string, maxParallelism: number | undefined, time: 'first' | 'again' = 'first') {
    this.job = job;
    this.#time = time;
    this.#maxParallelism = maxParallelism;
    if (job === '') throw new JobError('a job needs a name: defineJob(name, ...)');
    if (maxParallelism !== undefined) this.#checkParallelism('maxParallelism', maxParallelism, `job "${job}"`);
  }

  add(node: NewNode): DraftNode {
    const { operator, inputs, outType, sideOutputs = [], options = {} } = node;
    const id = this.#nodes.length;
    const draft: DraftNode = {
      recorder: this,
      id,
      operator,
      inputs,
      outType,
      sideOutputs,
      uid: options.uid,
      name: options.name,
      parallelism: undefined,
      maxParallelism: undefined,
    };
    if (this.#time === 'first') rememberPlace(operator);
    for (const option of Object.keys(options)) {
      if (!OPTIONS.has(option))
        throw this.error(
          draft,
          `has an option "${option}", which operators do not have; ${REMEDIES[option] ?? `they have ${[...OPTIONS].join(', ')}`}`,
        );
    }
    if (!this.#open)
      throw this.error(draft, 'was added after defineJob had returned; add operators inside its function only');
    if (inputs.some((input) => input.node.recorder !== this)) {
      throw this.error(draft, "reads a stream of another job; start from this job's env.fromSource");
    }
    checkFunctions(operator, (what) => this.error(draft, what));
    this.#checkTypes(draft);
    const tags = sideOutputs.map((output) => output.tag);
    const repeated = tags.find((tag, i) => tags.indexOf(tag) !== i);
    if (repeated !== undefined)
      throw this.error(draft, `declares the side output "${repeated}" twice; give each tag a name of its own`);
    this.#nodes.push(draft);
    return draft;
  }

  setParallelism(node: DraftNode, parallelism: number): void {
    this.#checkParallelism('parallelism', parallelism, this.#place(node));
    node.parallelism = parallelism;
  }

  setMaxParallelism(node: DraftNode, maxParallelism: number): void {
    this.#checkParallelism('maxParallelism', maxParallelism, this.#place(node));
    node.maxParallelism = maxParallelism;
  }

  /** The finished job. Nothing can be added afterwards. */
  freeze(): JobSpec {
    this.#open = false;
    if (this.#nodes.length === 0)
      throw new JobError(`job "${this.job}" has no operators; start it with env.fromSource(...)`);
    const nodes = this.#nodes.map((node) => this.#nodeSpec(node));
    this.#checkUids(nodes);
    this.#checkEnds();
    return { name: this.job, nodes, edges: this.#edges() };
  }

  /** An error at an operator. `what` continues the sentence "job ..., operator ...: ". */
  error(node: DraftNode, what: string): JobError {
    return new JobError(`${this.#place(node)}: ${what}${linesOf([node.operator])}`);
  }

  /** The same, about what is being called with the operator's output, at the line of the call. */
  refused(node: DraftNode, what: string): JobError {
    const line = lineHere();
    return new JobError(`${this.#place(node)}: ${what}${line === undefined ? '' : ` (at ${line})`}`);
  }

  #place(node: DraftNode): string {
    return `job "${this.job}", operator "${node.uid ?? defaultUid(node)}" (${node.operator.kind})`;
  }

  #nodeSpec(node: DraftNode): NodeSpec {
    const { id, operator, outType, sideOutputs, parallelism } = node;
    if (node.uid === undefined && isStateful(operator)) {
      throw this.error(
        node,
        'has state, so it needs a name of its own by which a checkpoint is restored; add .uid("...")',
      );
    }
    const uid = node.uid ?? defaultUid(node);
    if (!UID.test(uid)) {
      throw this.error(
        node,
        'its uid becomes part of object names; use letters, digits, ".", "_" and "-", a letter or digit first',
      );
    }
    const maxParallelism = node.maxParallelism ?? this.#maxParallelism;
    if (parallelism !== undefined && maxParallelism !== undefined && parallelism > maxParallelism) {
      throw this.error(
        node,
        `parallelism ${parallelism} is above max parallelism ${maxParallelism}; lower the one or raise the other`,
      );
    }
    return { id, uid, name: node.name ?? uid, parallelism, maxParallelism, operator, outType, sideOutputs };
  }

  #checkUids(nodes: readonly NodeSpec[]): void {
    const seen = new Map<string, NodeSpec>();
    for (const node of nodes) {
      const other = seen.get(node.uid);
      if (other !== undefined) {
        throw new JobError(
          `job "${this.job}": two operators have the uid "${node.uid}" (${other.operator.kind} and ${node.operator.kind}); ` +
            `rename one of them${linesOf([other.operator, node.operator])}`,
        );
      }
      seen.set(node.uid, node);
    }
  }

  /** What comes in must go out, and not back to where it comes from. */
  #checkEnds(): void {
    const sources = this.#nodes.filter(({ operator }) => operator.kind === 'source');
    const sinks = this.#nodes.filter(({ operator }) => operator.kind === 'sink');
    const last = this.#nodes.at(-1);
    if (sinks.length === 0 && last !== undefined)
      throw this.error(
        last,
        'the job has no sink, so nobody would see what it computes; end a stream with sinkTo(...)',
      );
    for (const node of sinks) {
      if (node.operator.kind !== 'sink') continue;
      const { connector, output } = node.operator.sink;
      for (const { operator } of sources) {
        if (operator.kind !== 'source') continue;
        const { source } = operator;
        if (source.connector === connector && source.input === output)
          throw this.error(
            node,
            `writes to the topic "${output}" that a source of the job reads; write to another one`,
          );
      }
    }
  }

  #edges(): EdgeSpec[] {
    const edges: EdgeSpec[] = [];
    for (const node of this.#nodes) {
      for (const { node: from, tag, partition } of node.inputs) {
        edges.push({
          id: edges.length,
          from: from.id,
          to: node.id,
          tag,
          type: outputType(from, tag),
          partition: forwardOrRebalance(from, node, partition),
        });
      }
    }
    return edges;
  }

  #checkTypes(node: DraftNode): void {
    try {
      requireType('its output type', node.outType);
      if (node.operator.kind === 'reduce') serializerOf(node.operator.type);
      if (node.operator.kind === 'window') requireType('its accumulator type', node.operator.accumulatorType);
      if (node.operator.kind === 'intervalJoin') {
        requireType('the type of its left elements', node.operator.leftType);
        requireType('the type of its right elements', node.operator.rightType);
      }
      if (node.operator.kind === 'asyncWait') {
        const { name, requestType, responseType } = node.operator.service;
        requireType(`the type of requests to the service "${name}"`, requestType);
        requireType(`the type of answers of the service "${name}"`, responseType);
        requireType('the type of its elements', node.operator.inType);
      }
      if ('states' in node.operator) this.#checkStates(node.operator.states);
      for (const output of node.sideOutputs) requireType(`the type of its side output "${output.tag}"`, output.type);
      for (const { partition } of node.inputs) {
        if (partition.kind === 'custom') requireFunction('the function of partitionCustom', partition.partition);
        if (partition.kind !== 'hash') continue;
        requireFunction('the key function of keyBy', partition.key);
        requireType('the key type of keyBy', partition.keyType);
        keyHasher(partition.keyType);
      }
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      throw this.error(node, error.message);
    }
  }

  #checkStates(states: readonly MapDescriptor<unknown, unknown>[]): void {
    for (const [i, { name, keyType, type, ttl }] of states.entries()) {
      if (ttl !== undefined) {
        throw new JobError(`declares the broadcast state "${name}" with a time to live; only keyed state has one`);
      }
      if (states.findIndex((state) => state.name === name) < i) {
        throw new JobError(`declares the broadcast state "${name}" twice; give each descriptor a name of its own`);
      }
      requireType(`the key type of the broadcast state "${name}"`, keyType);
      requireType(`the type of the broadcast state "${name}"`, type);
    }
  }

  #checkParallelism(what: string, value: number, place: string): void {
    if (Number.isInteger(value) && value >= 1 && value <= MAX_PARALLELISM_LIMIT) return;
    throw new JobError(`${place}: ${what} is ${value}; give a whole number in [1, ${MAX_PARALLELISM_LIMIT}]`);
  }
}

/** " (at jobs/totals.ts:17:9)": where the operators were added, if that is known. */
function linesOf(operators: readonly OperatorSpec[]): string {
  const lines = operators.map((operator) => lineOf(placeOf(operator)[0])).filter((line) => line !== undefined);
  return lines.length === 0 ? '' : ` (at ${lines.join(' and ')})`;
}

function defaultUid(node: DraftNode): string {
  return `${node.operator.kind}-${node.id}`;
}

function isStateful(operator: OperatorSpec): boolean {
  return operator.kind !== 'map' && operator.kind !== 'flatMap' && operator.kind !== 'filter';
}

function outputType(node: DraftNode, tag: string | undefined): TypeInfo {
  return node.sideOutputs.find((output) => output.tag === tag)?.type ?? node.outType;
}

/** Forward joins subtask to subtask, so it needs as many of them on both sides, however the job is rescaled. */
function forwardOrRebalance(from: DraftNode, to: DraftNode, partition: PartitionSpec): PartitionSpec {
  return partition.kind === 'forward' && from.parallelism !== to.parallelism ? { kind: 'rebalance' } : partition;
}
