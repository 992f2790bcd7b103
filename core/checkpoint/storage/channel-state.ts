/**
 * In-flight data of a checkpoint: what it is, and its bytes.
 *
 *   object   <prefix><vertex>-<subtask>-channels    slices, one per channel and side: a count, then the elements
 *
 * Barriers, cancel markers and ends are not data: a restored sender sends its own.
 */
import { IoError } from '../../errors.ts';
import { readElement, type StreamElement, writeElement } from '../../channels/elements.ts';
import { ByteReader, bytesOf } from '../../values/bytes.ts';
import type { TypeSerializer } from '../../values/serializers.ts';

export function encodeChannelState(elements: readonly StreamElement[], type: TypeSerializer<unknown>): Uint8Array {
  return bytesOf((out) => {
    out.varint(elements.length);
    for (const element of elements) writeElement(element, type, out);
  });
}

/** Throws `IoError` if the bytes are no channel state. */
export function decodeChannelState(bytes: Uint8Array, type: TypeSerializer<unknown>): readonly StreamElement[] {
  const input = new ByteReader(bytes);
  const count = input.varint();
  const elements: StreamElement[] = [];
  for (let i = 0; i < count; i++) elements.push(readElement(type, input));
  if (input.remaining > 0) throw new IoError(`channel state: ${input.remaining} bytes behind the last element`);
  return elements;
}
