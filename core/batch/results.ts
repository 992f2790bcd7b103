/**
 * Results of stages (Flink: `ResultPartition`, blocking). In batch a stage is a chain with all its subtasks; what it sends on an
 * edge is kept in the object store, a partition for each channel, in parts:
 *
 *   batch/<job>/<attempt>/<edge>/<sender>-<receiver>/<part>      each part a run of records, in order
 *
 * A partition is complete when the HA store says that its stage is: then its parts are counted. Before that nobody reads it, and
 * what an attempt that did not get so far has written is nobody's.
 */
import { committableState } from '../connectors/connector-state.ts';
import { IoError } from '../errors.ts';
import type { ChannelId } from '../facts.ts';
import { int32, int64, list, record, string, type TypeOf } from '../job/types.ts';
import type { ObjectStore } from '../ports.ts';
import { ByteReader } from '../values/bytes.ts';
import type { TypeSerializer } from '../values/serializers.ts';
import type { Coroutine } from '../waiting.ts';
import { readElement, type RecordElement } from '../channels/elements.ts';

/** A channel of a finished stage: all that was sent on it. */
export const partitionResult = record({
  edge: int32,
  /** Of the stage that has sent it. */
  attempt: int64,
  sender: int32,
  receiver: int32,
  parts: int32,
  records: int64,
});
export type PartitionResult = TypeOf<typeof partitionResult>;

/** What is left of a finished stage. */
export const stageResult = record({
  /** uid at the head of the chain. */
  stage: string,
  attempt: int64,
  partitions: list(partitionResult),
  /** What its sinks have prepared: committed at the end of the job. */
  pending: list(committableState),
});
export type StageResult = TypeOf<typeof stageResult>;

/** Everything that a job keeps of its stages lies under it. */
export function resultsPrefix(job: string): string {
  return `batch/${job}/`;
}

export function attemptPrefix(job: string, attempt: number): string {
  return `${resultsPrefix(job)}${attempt}/`;
}

export function partName(job: string, { edge, attempt, sender, receiver }: ChannelId, part: number): string {
  return `${attemptPrefix(job, attempt)}${edge}/${sender}-${receiver}/${part}`;
}

/** An object of a result is gone: its stage has to run again. */
export class PartitionLost extends IoError {
  readonly partition: PartitionResult;

  constructor(partition: PartitionResult, object: string) {
    super(`result ${object} of a finished stage is missing`);
    this.partition = partition;
  }
}

/** One part, decoded. Throws `PartitionLost` if it is gone, `IoError` if the store does not answer. */
export function* readPart(
  objects: ObjectStore,
  job: string,
  partition: PartitionResult,
  part: number,
  type: TypeSerializer<unknown>,
): Coroutine<readonly RecordElement[]> {
  const name = partName(job, partition, part);
  const bytes = yield* objects.get(name);
  if (bytes === undefined) throw new PartitionLost(partition, name);
  const input = new ByteReader(bytes);
  const count = input.varint();
  const records: RecordElement[] = [];
  for (let i = 0; i < count; i++) {
    const element = readElement(type, input);
    if (element.kind !== 'record') throw input.malformed(`an element of kind ${element.kind} in ${name}`);
    records.push(element);
  }
  return records;
}
