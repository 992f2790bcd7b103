/**
 * A job whose plain functions are called twice with each value, and once more at the end; there also those of the same job
 * recorded anew, which have seen nothing before: a function of its arguments gives the same result each time. One that does not
 * is named, with the value. For finding the culprit only: the second call is an effect of its own on a function that remembers.
 * It sees the calls of attempts that have died in the middle of a turn, too, which no model can take.
 * Left out: function objects (their calls change state), and arguments that are not plain values.
 */
import type { JobSpec, NodeSpec, WindowSpec } from '../../core/job/spec.ts';
import type { Delta } from '../../core/job/window-spec.ts';
import { sameValue } from '../model/equal.ts';

export interface Impure {
  readonly operator: string;
  readonly method: string;
  readonly argument: unknown;
  readonly first: unknown;
  readonly second: unknown;
}

/** So many calls of each function are kept for the end. */
const KEPT_MAX = 400;

/** A call of the run, with what it gave. */
interface Kept {
  /** Which of the jobs that were watched: a later version has other functions under the same names. */
  readonly version: number;
  /** Of the function in its job. */
  readonly slot: string;
  readonly operator: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly first: unknown;
  readonly again: () => unknown;
}

export class WatchedCalls {
  #found: Impure | undefined;
  readonly #later: Kept[] = [];
  readonly #kept = new Map<string, number>();
  /** By version. */
  readonly #rebuilds: JobSpec['rebuild'][] = [];
  /** While a job recorded anew is gone through: its functions by slot. */
  #fresh: Map<string, unknown> | undefined;

  /** The first function that gave two results for the same arguments. Once the run has ended. */
  verdict(): Impure | undefined {
    for (const kept of this.#later) this.#compare(kept, kept.again());
    for (const kept of this.#later) if (this.#found === undefined) this.#compareAnew(kept);
    return this.#found;
  }

  #compare({ operator, method, args, first }: Kept, second: unknown): void {
    if (!sameValue(first, second)) this.#found ??= { operator, method, argument: args[0], first, second };
  }

  /** With functions that are called for the first time. */
  #compareAnew(kept: Kept): void {
    const fresh = this.#recorded(kept.version).get(kept.slot);
    if (typeof fresh !== 'function') return;
    const second: unknown = Reflect.apply(fresh, undefined, kept.args);
    this.#compare(kept, second);
  }

  #recorded(version: number): ReadonlyMap<string, unknown> {
    const functions = (this.#fresh = new Map<string, unknown>());
    const fresh = this.#rebuilds[version]?.();
    if (fresh !== undefined) this.#watched(fresh);
    this.#fresh = undefined;
    return functions;
  }

  /** The job, and whatever version of it follows. */
  watch(job: JobSpec): JobSpec {
    this.#rebuilds.push(job.rebuild);
    return this.#watched(job);
  }

  #watched(job: JobSpec): JobSpec {
    const { rebuild: _, ...rest } = job;
    return {
      ...rest,
      nodes: job.nodes.map((node) => this.#node(node)),
      edges: job.edges.map((edge) => {
        const { partition } = edge;
        const uid = job.nodes[edge.to]?.uid ?? '';
        if (partition.kind === 'hash')
          return {
            ...edge,
            partition: { ...partition, key: this.#pure(uid, 'the key function', partition.key, edge.id) },
          };
        if (partition.kind !== 'custom') return edge;
        return {
          ...edge,
          partition: { ...partition, partition: this.#pure(uid, 'the partitioner', partition.partition, edge.id) },
        };
      }),
    };
  }

  #node(node: NodeSpec): NodeSpec {
    const { operator, uid } = node;
    switch (operator.kind) {
      case 'map':
      case 'filter':
        return {
          ...node,
          operator: { ...operator, fn: this.#pure(uid, `the ${operator.kind} function`, operator.fn) },
        } as NodeSpec;
      case 'flatMap':
        return {
          ...node,
          operator: { ...operator, fn: this.#pure(uid, 'the flatMap function', (value) => [...operator.fn(value)]) },
        };
      case 'reduce':
        return { ...node, operator: { ...operator, fn: this.#pure(uid, 'the reduce function', operator.fn) } };
      case 'source': {
        const timestamp = this.#pure(uid, 'the timestamp function', operator.watermarks.timestamp);
        return { ...node, operator: { ...operator, watermarks: { ...operator.watermarks, timestamp } } };
      }
      case 'window':
        return { ...node, operator: this.#window(uid, operator) };
      default:
        return node;
    }
  }

  #window(uid: string, spec: WindowSpec): WindowSpec {
    const { emit } = spec;
    return {
      ...spec,
      emit: emit === undefined ? undefined : this.#pure(uid, 'the window function', emit),
      fold: this.#fold(uid, spec.fold),
      assigner: this.#assigner(uid, spec.assigner),
      trigger: this.#trigger(uid, spec.trigger),
      evictor: this.#delta(uid, 'evictor', spec.evictor),
    };
  }

  #fold(uid: string, fold: WindowSpec['fold']): WindowSpec['fold'] {
    if (fold.kind === 'list') return fold;
    if (fold.kind === 'reduce') return { ...fold, fn: this.#pure(uid, 'the reduce function', fold.fn) };
    const { fn } = fold;
    const { merge } = fn;
    const watched = {
      createAccumulator: this.#pure(uid, 'createAccumulator', () => fn.createAccumulator()),
      add: this.#pure(uid, 'add', (value: unknown, accumulator: unknown) => fn.add(value, accumulator)),
      getResult: this.#pure(uid, 'getResult', (accumulator: unknown) => fn.getResult(accumulator)),
      ...(merge === undefined ? {} : { merge: this.#pure(uid, 'merge', (a: unknown, b: unknown) => fn.merge?.(a, b)) }),
    };
    return { ...fold, fn: watched };
  }

  #assigner(uid: string, assigner: WindowSpec['assigner']): WindowSpec['assigner'] {
    if (assigner.kind === 'custom')
      return { ...assigner, assign: this.#pure(uid, 'the window assigner', assigner.assign) };
    if (assigner.kind !== 'session' || typeof assigner.gap === 'number') return assigner;
    return { ...assigner, gap: this.#pure(uid, 'the session gap', assigner.gap) };
  }

  #trigger(uid: string, trigger: WindowSpec['trigger']): WindowSpec['trigger'] {
    if (trigger.kind === 'purging') return { ...trigger, of: this.#trigger(uid, trigger.of) };
    return this.#delta(uid, 'trigger', trigger);
  }

  #delta<T extends { readonly kind: string; readonly delta?: Delta } | undefined>(
    uid: string,
    whose: 'trigger' | 'evictor',
    of: T,
  ): T {
    if (of?.delta === undefined) return of;
    return Object.assign({ ...of }, { delta: this.#pure(uid, `the delta function of the ${whose}`, of.delta) });
  }

  /** `edge`: the in-edge that the function belongs to, since an operator may have several. */
  #pure<A extends readonly unknown[], R>(
    operator: string,
    method: string,
    fn: (...args: A) => R,
    edge?: number,
  ): (...args: A) => R {
    const version = this.#rebuilds.length - 1;
    const slot = `${operator} ${method} ${edge ?? ''}`;
    this.#fresh?.set(slot, fn);
    return (...args) => {
      const first = fn(...args);
      if (this.#found !== undefined) return first;
      const call: Kept = { version, slot, operator, method, args, first, again: () => fn(...args) };
      this.#compare(call, call.again());
      const name = `${version} ${slot}`;
      const kept = this.#kept.get(name) ?? 0;
      if (kept < KEPT_MAX) {
        this.#kept.set(name, kept + 1);
        this.#later.push(call);
      }
      return first;
    };
  }
}
