/** What a pane holds and what it amounts to: a fold of its elements or, with an evictor, the elements, folded when it fires. */
import type { Timestamp } from '../../core/job/functions.ts';
import type { EvictorSpec, WindowSpec } from '../../core/job/spec.ts';

/** Contents are undefined for a pane that holds nothing. */
export interface PaneFold {
  add(contents: unknown, value: unknown, timestamp: Timestamp | undefined): unknown;
  /** `b` behind `a`. */
  both(a: unknown, b: unknown): unknown;
  /** The result (undefined: a reduction of nothing), and what the pane holds afterwards. */
  fire(contents: unknown): readonly [result: unknown, left: unknown];
}

/** Reads the functions of the spec at each call, see `own-job.ts`. */
export function foldOf(spec: WindowSpec): PaneFold {
  const { evictor } = spec;
  if (evictor !== undefined) return evicted(spec, evictor);
  return {
    add: (contents, value) => folded(spec, contents, value),
    both: (a, b) => mergedFold(spec, a, b),
    fire: (contents) => [resultOf(spec, contents), contents],
  };
}

function folded({ fold }: WindowSpec, before: unknown, value: unknown): unknown {
  switch (fold.kind) {
    case 'list':
      return [...items(before), value];
    case 'reduce': {
      const { fn } = fold;
      return before === undefined ? value : fn(before, value);
    }
    case 'aggregate':
      return fold.fn.add(value, before === undefined ? fold.fn.createAccumulator() : before);
  }
}

function mergedFold({ fold }: WindowSpec, a: unknown, b: unknown): unknown {
  switch (fold.kind) {
    case 'list':
      return [...items(a), ...items(b)];
    case 'reduce': {
      const { fn } = fold;
      return fn(a, b);
    }
    case 'aggregate':
      if (fold.fn.merge === undefined) throw new Error('windows merge, and their aggregate function has no merge');
      return fold.fn.merge(a, b);
  }
}

function resultOf({ fold }: WindowSpec, contents: unknown): unknown {
  switch (fold.kind) {
    case 'list':
      return items(contents);
    case 'reduce':
      return contents;
    case 'aggregate':
      return fold.fn.getResult(contents === undefined ? fold.fn.createAccumulator() : contents);
  }
}

// ---- evictors (SEMANTICS L12, J4)

type Stamped = readonly [timestamp: Timestamp | null, value: unknown];

function evicted(spec: WindowSpec, evictor: EvictorSpec): PaneFold {
  return {
    add: (contents, value, timestamp) => [...stamped(contents), [timestamp ?? null, value]],
    both: (a, b) => [...stamped(a), ...stamped(b)],
    fire(contents) {
      const all = stamped(contents);
      const shown = evictor.when === 'before' ? survivors(evictor, all) : all;
      let accumulated: unknown;
      for (const [, value] of shown) accumulated = folded(spec, accumulated, value);
      const result = resultOf(spec, accumulated);
      const left = evictor.when === 'before' ? shown : survivors(evictor, all);
      return [result, left.length === 0 ? undefined : left];
    },
  };
}

function survivors(evictor: EvictorSpec, all: readonly Stamped[]): readonly Stamped[] {
  switch (evictor.kind) {
    case 'count':
      return all.filter((_, position) => all.length - position <= evictor.count);
    case 'time': {
      const times = all.flatMap(([time]) => (time === null ? [] : [time]));
      if (all[0]?.[0] === null) return all;
      const bound = Math.max(...times) - evictor.sizeMs;
      return all.filter(([time]) => time === null || time > bound);
    }
    case 'delta': {
      const { delta } = evictor;
      return all.filter(([, value]) => delta(value, all.at(-1)?.[1]) < evictor.threshold);
    }
  }
}

function items(contents: unknown): readonly unknown[] {
  return contents === undefined ? [] : (contents as readonly unknown[]);
}
function stamped(contents: unknown): readonly Stamped[] {
  return contents === undefined ? [] : (contents as readonly Stamped[]);
}
