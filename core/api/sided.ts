/** Two streams as one, of which each element says which side it is of: how an operator of one input reads two (Flink: `TaggedUnion`). */
import type { CoProcessFunction, ProcessFunction } from '../job/operator-states.ts';
import { type TypeInfo, union } from '../job/types.ts';

/** An element of either stream, in one stream. @internal */
export type Sided<L, R> = { readonly tag: 'left'; readonly value: L } | { readonly tag: 'right'; readonly value: R };

/** @internal */
export function sidedType<L, R>(left: TypeInfo<L>, right: TypeInfo<R>): TypeInfo<Sided<L, R>> {
  return union<{ left: TypeInfo<L>; right: TypeInfo<R> }>({ left, right });
}

/** A function of two inputs as one over both. @internal */
export function coProcessing<A, B, O>(create: () => CoProcessFunction<A, B, O>): () => ProcessFunction<Sided<A, B>, O> {
  return () => {
    const fn = create();
    return {
      processElement: (one, ctx, out) =>
        one.tag === 'left' ? fn.processElement1(one.value, ctx, out) : fn.processElement2(one.value, ctx, out),
      close: () => fn.close?.(),
      // A function without `open` stays one: it can be made anew at any time.
      ...(fn.open === undefined ? {} : { open: (ctx) => fn.open?.(ctx) }),
    };
  };
}
