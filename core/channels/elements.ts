/**
 * What flows on a channel. A buffer is a run of elements that share one credit; it turns into bytes only when it
 * leaves the process.
 *
 * Byte format of an element: one tag byte, then varints; a record is `seq, timestamp?, value`.
 */
import type { Timestamp } from '../job/functions.ts';
import type { BarrierOptions } from '../barrier-options.ts';
import { readOptions, writeOptions } from './barrier-codec.ts';
import { EngineBug } from '../errors.ts';
import type { ByteReader, ByteWriter } from '../values/bytes.ts';
import type { TypeSerializer } from '../values/serializers.ts';

export interface RecordElement {
  readonly kind: 'record';
  readonly value: unknown;
  readonly timestamp: Timestamp | undefined;
  /** Counts the records of this channel in this attempt, from 0. */
  readonly seq: number;
}
export type ControlElement =
  | { readonly kind: 'watermark'; readonly timestamp: Timestamp }
  | { readonly kind: 'status'; readonly idle: boolean }
  | BarrierElement
  /** The checkpoint was aborted before its barrier was sent. */
  | { readonly kind: 'cancel'; readonly checkpoint: number }
  /** No record follows; barriers may. */
  | { readonly kind: 'end-of-data' }
  /** Nothing follows: the sender has finished. */
  | { readonly kind: 'end-of-partition' };
export interface BarrierElement {
  readonly kind: 'barrier';
  readonly checkpoint: number;
  /** By the coordinator's wall clock. */
  readonly triggeredAt: Timestamp;
  readonly options: BarrierOptions;
}
export type StreamElement = RecordElement | ControlElement;

/** The same barrier under other options. */
export function barrierWith({ checkpoint, triggeredAt }: BarrierElement, options: BarrierOptions): BarrierElement {
  return { kind: 'barrier', checkpoint, triggeredAt, options };
}

/**
 * Data (records, watermarks, statuses), or one event (barrier, cancel marker, end) alone. Events need no credit, as in
 * Flink: barriers that come faster than a slow channel takes data would else leave no room for it.
 */
export interface Buffer {
  readonly elements: readonly StreamElement[];
  /** Overtakes what is queued, on both sides. */
  readonly priority: boolean;
}

/** Records, watermarks and idle/active: what a channel carries, and what its state in a checkpoint is made of (SEMANTICS W7). */
export function isData({ kind }: StreamElement): boolean {
  return kind === 'record' || kind === 'watermark' || kind === 'status';
}

/** The same at both ends of a channel. */
export function needsCredit({ elements }: Buffer): boolean {
  const first = elements[0];
  return first !== undefined && isData(first);
}

const TAG = {
  record: 0,
  timedRecord: 1,
  watermark: 2,
  idle: 3,
  active: 4,
  barrier: 5,
  cancel: 6,
  endOfData: 7,
  endOfPartition: 8,
} as const;

export function writeElement(element: StreamElement, type: TypeSerializer<unknown>, out: ByteWriter): void {
  switch (element.kind) {
    case 'record':
      out.byte(element.timestamp === undefined ? TAG.record : TAG.timedRecord);
      out.varint(element.seq);
      if (element.timestamp !== undefined) out.zigzag(element.timestamp);
      type.write(element.value, out);
      return;
    case 'watermark':
      out.byte(TAG.watermark);
      out.zigzag(element.timestamp);
      return;
    case 'status':
      out.byte(element.idle ? TAG.idle : TAG.active);
      return;
    case 'barrier':
      out.byte(TAG.barrier);
      out.varint(element.checkpoint);
      out.zigzag(element.triggeredAt);
      writeOptions(element.options, out);
      return;
    case 'cancel':
      out.byte(TAG.cancel);
      out.varint(element.checkpoint);
      return;
    case 'end-of-data':
      out.byte(TAG.endOfData);
      return;
    case 'end-of-partition':
      out.byte(TAG.endOfPartition);
  }
}

export function readElement(type: TypeSerializer<unknown>, input: ByteReader): StreamElement {
  const tag = input.byte();
  switch (tag) {
    case TAG.record: {
      const seq = input.varint();
      return { kind: 'record', value: type.read(input), timestamp: undefined, seq };
    }
    case TAG.timedRecord: {
      const seq = input.varint();
      const timestamp = input.zigzag();
      return { kind: 'record', value: type.read(input), timestamp, seq };
    }
    case TAG.watermark:
      return { kind: 'watermark', timestamp: input.zigzag() };
    case TAG.idle:
      return { kind: 'status', idle: true };
    case TAG.active:
      return { kind: 'status', idle: false };
    case TAG.barrier: {
      const checkpoint = input.varint();
      const triggeredAt = input.zigzag();
      return { kind: 'barrier', checkpoint, triggeredAt, options: readOptions(input) };
    }
    case TAG.cancel:
      return { kind: 'cancel', checkpoint: input.varint() };
    case TAG.endOfData:
      return { kind: 'end-of-data' };
    case TAG.endOfPartition:
      return { kind: 'end-of-partition' };
    default:
      throw new EngineBug(`unknown element tag ${tag}`);
  }
}
