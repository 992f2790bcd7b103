/** What connectors keep in a checkpoint: bytes of their own, with the version that wrote them, and what the engine knows of them. */
import { bytes, int32, int64, nullable, record, string, type TypeOf } from '../job/types.ts';
import { MIN_TIMESTAMP } from '../job/functions.ts';
import type { Committable, ExactlyOnceSink } from './sink.ts';
import type { Source, SourceSplit } from './source.ts';

export const splitState = record({
  version: int32,
  /** By the source's `splitSerializer`. */
  split: bytes,
  /** The largest timestamp that the split's watermark generator has seen; MIN_TIMESTAMP before the first record. */
  maxTimestamp: int64,
  /** The watermark that was emitted last (SEMANTICS W6). */
  lastWatermark: int64,
  /** What a watermark generator of the author's remembers, by its state type; null: nothing, or it has none. */
  generator: nullable(bytes),
});
export type SplitState = TypeOf<typeof splitState>;

export const committableState = record({
  /** uid of the sink operator. */
  sink: string,
  checkpoint: int64,
  version: int32,
  /** By the sink's `committableSerializer`. */
  committable: bytes,
});
export type CommittableState = TypeOf<typeof committableState>;

/** By the source's `enumeratorSerializer`. */
export const enumeratorState = record({ source: string, version: int32, state: bytes });
export type EnumeratorState = TypeOf<typeof enumeratorState>;

/** A split from which no record was read yet. */
export function freshSplit(source: Source, split: SourceSplit): SplitState {
  const { version } = source.splitSerializer;
  const bytesOf = source.splitSerializer.serialize(split);
  return { version, split: bytesOf, maxTimestamp: MIN_TIMESTAMP, lastWatermark: MIN_TIMESTAMP, generator: null };
}

export function splitOf(source: Source, { version, split }: SplitState): SourceSplit {
  return source.splitSerializer.deserialize(version, split);
}

export function committableOf(sink: ExactlyOnceSink, { version, committable }: CommittableState): Committable {
  return sink.committableSerializer.deserialize(version, committable);
}
