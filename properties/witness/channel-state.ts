/**
 * In-flight data of an image, decoded from its bytes: a slice is a count, then so many elements in the engine's
 * documented element format. Nothing of facts is used here. What cannot be decoded says why.
 */
import type { JobSpec } from '../../core/job/spec.ts';
import type { CheckpointImage } from '../../core/checkpoint/storage/reader.ts';
import { messageOf } from '../../core/errors.ts';
import type { ObjectLookup } from '../../core/state/handles.ts';
import { readElement, type StreamElement } from '../../core/channels/elements.ts';
import { ByteReader } from '../../core/values/bytes.ts';
import { serializerOf } from '../../core/values/serializers.ts';

/** What one task stored of one channel. */
export interface ChannelSlice {
  readonly vertex: string;
  readonly subtask: number;
  readonly side: string;
  readonly edge: number;
  readonly sender: number;
  readonly receiver: number;
  /** As the metadata says. */
  readonly records: number;
  readonly elements: readonly StreamElement[] | { readonly undecodable: string };
}

export function channelSlices(image: CheckpointImage, job: JobSpec, object: ObjectLookup): readonly ChannelSlice[] {
  return image.vertices.flatMap(({ uid, subtasks }) =>
    subtasks.flatMap(({ channelState }, subtask) =>
      channelState.map(({ side, edge, sender, receiver, records, object: name, at, length }) => ({
        vertex: uid,
        subtask,
        side,
        edge,
        sender,
        receiver,
        records,
        elements: decoded(job, edge, object(name)?.subarray(at, at + length)),
      })),
    ),
  );
}

function decoded(job: JobSpec, edge: number, bytes: Uint8Array | undefined): ChannelSlice['elements'] {
  const type = job.edges[edge]?.type;
  if (type === undefined) return { undecodable: `the job has no edge ${edge}` };
  if (bytes === undefined) return { undecodable: 'its object is missing' };
  try {
    const serializer = serializerOf(type);
    const input = new ByteReader(bytes);
    const count = input.varint();
    const elements: StreamElement[] = [];
    for (let i = 0; i < count; i++) elements.push(readElement(serializer, input));
    return input.remaining === 0 ? elements : { undecodable: `${input.remaining} bytes behind the last element` };
  } catch (error) {
    return { undecodable: messageOf(error) };
  }
}
