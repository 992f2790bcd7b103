/**
 * The async part of a snapshot: bytes into objects, and handles that say where they are.
 *
 *   <prefix>            keyed state: header and key groups in one object, with an index
 *   <prefix>-broadcast  broadcast state
 *   <prefix>-channels   in-flight data, a slice for each channel and side
 */
import type { TypeInfo } from '../../job/types.ts';
import { assert } from '../../errors.ts';
import type { ObjectStore } from '../../ports.ts';
import type { StreamElement } from '../../channels/elements.ts';
import type { KeyedSnapshot } from '../../state/backend.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import { serializerOf } from '../../values/serializers.ts';
import type { Coroutine } from '../../waiting.ts';
import { encodeChannelState } from '../storage/channel-state.ts';
import type { ChannelStateRequest } from './channel-state-writer.ts';
import type { BroadcastHandle, KeyedHandle } from '../../state/handles.ts';
import type { ChannelStateHandle } from '../storage/metadata.ts';
import { writeObject } from '../../state/object-io.ts';

/** What the sync part has kept; structure only. */
export interface SnapshotParts {
  readonly keyed: { readonly snapshot: KeyedSnapshot; readonly range: KeyGroupRange } | undefined;
  readonly broadcast: { encode(): Uint8Array } | undefined;
  /** Complete; undefined: the checkpoint overtook nothing. */
  readonly channelState: ChannelStateRequest | undefined;
}

export interface UploadedSnapshot {
  readonly handles: {
    readonly keyed: KeyedHandle | null;
    readonly broadcast: BroadcastHandle | null;
    readonly channelState: readonly ChannelStateHandle[];
  };
  readonly channelStateBytes: number;
  readonly totalBytes: number;
}

/** Throws `IoError` if an object cannot be written. */
export function* uploadSnapshot(
  objects: ObjectStore,
  prefix: string,
  parts: SnapshotParts,
  typeOf: (edge: number) => TypeInfo | undefined,
): Coroutine<UploadedSnapshot> {
  let totalBytes = 0;
  let keyed: KeyedHandle | null = null;
  if (parts.keyed !== undefined) {
    keyed = yield* uploadKeyed(objects, prefix, parts.keyed.snapshot, parts.keyed.range);
    const last = keyed.groups.at(-1);
    totalBytes += last === undefined ? keyed.header.length : last.at + last.length;
  }
  let broadcast: BroadcastHandle | null = null;
  if (parts.broadcast !== undefined) {
    const bytes = parts.broadcast.encode();
    broadcast = { object: `${prefix}-broadcast`, at: 0, length: bytes.length };
    yield* writeObject(objects, broadcast.object, bytes);
    totalBytes += bytes.length;
  }
  const { handles: channelState, bytes } = encodeChannels(`${prefix}-channels`, parts.channelState, typeOf);
  if (channelState.length > 0) yield* writeObject(objects, `${prefix}-channels`, bytes);
  return {
    handles: { keyed, broadcast, channelState },
    channelStateBytes: bytes.length,
    totalBytes: totalBytes + bytes.length,
  };
}

function* uploadKeyed(
  objects: ObjectStore,
  name: string,
  snapshot: KeyedSnapshot,
  range: KeyGroupRange,
): Coroutine<KeyedHandle> {
  const header = snapshot.header();
  const parts: Uint8Array[] = [header];
  const groups: { first: number; last: number; at: number; length: number }[] = [];
  let at = header.length;
  for (let keyGroup = range.start; keyGroup <= range.end; keyGroup++) {
    const bytes = snapshot.encode(keyGroup);
    const before = groups.at(-1);
    if (before !== undefined && parts.at(-1) === bytes) {
      before.last = keyGroup;
      continue;
    }
    groups.push({ first: keyGroup, last: keyGroup, at, length: bytes.length });
    parts.push(bytes);
    at += bytes.length;
  }
  yield* writeObject(objects, name, joined(parts, at));
  return { object: name, header: { at: 0, length: header.length }, groups };
}

function encodeChannels(
  object: string,
  request: ChannelStateRequest | undefined,
  typeOf: (edge: number) => TypeInfo | undefined,
): { readonly handles: readonly ChannelStateHandle[]; readonly bytes: Uint8Array } {
  const handles: ChannelStateHandle[] = [];
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [side, channels] of [
    ['input', request?.inputs],
    ['output', request?.outputs],
  ] as const) {
    for (const [{ id }, elements] of channels ?? []) {
      const type = typeOf(id.edge);
      assert(type !== undefined, () => `in-flight data of edge ${id.edge}, which the job does not have`);
      const bytes = encodeChannelState(elements, serializerOf(type));
      const { edge, sender, receiver } = id;
      handles.push({
        side,
        edge,
        sender,
        receiver,
        object,
        at,
        length: bytes.length,
        records: elements.filter(isRecord).length,
      });
      parts.push(bytes);
      at += bytes.length;
    }
  }
  return { handles, bytes: joined(parts, at) };
}

function isRecord({ kind }: StreamElement): boolean {
  return kind === 'record';
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
