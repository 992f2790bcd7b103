/** What connectors keep in a checkpoint: splits of a source, and transactions that a sink has prepared. */
import { int32, int64, list, nullable, record, string, type TypeOf } from '../job/types.ts';

export const splitState = record({
  split: string,
  /** The next offset to read. */
  offset: int64,
  /** Of the split's watermark generator; MIN_TIMESTAMP before the first record. */
  maxTimestamp: int64,
  /** Put out last (SEMANTICS W6). */
  lastWatermark: int64,
});
export type SplitState = TypeOf<typeof splitState>;

export const pendingTransaction = record({ sink: string, transaction: string, checkpoint: int64 });
export type PendingTransaction = TypeOf<typeof pendingTransaction>;

export const enumeratorState = record({
  source: string,
  /** Undefined until the partitions are known. */
  discovered: nullable(int32),
  /** Splits that no reader has been given. */
  unassigned: list(string),
});
export type EnumeratorState = TypeOf<typeof enumeratorState>;
