/**
 * The async part of a snapshot: bytes into objects, and handles that say where they are. An object that is small enough is not
 * put into the store: it goes with the handles (`checkpointing.inlineStateBytes`).
 *
 *   <prefix>            keyed state: what the state backend appended
 *   <prefix>-state-...  keyed state: what it wrote as files of their own
 *   <prefix>-broadcast  broadcast state
 *   <prefix>-operator   lists of an operator without key, item by item
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
import { isInline, joined, ObjectOutput, type SnapshotPlace } from './snapshot-output.ts';
import { type BroadcastHandle, type InlineObject, inlineObjectOf, type KeyedHandle } from '../../state/handles.ts';
import type { ChannelStateHandle } from '../storage/metadata.ts';
import { writeObject } from '../../state/object-io.ts';
import type { OperatorStateHandle } from '../../state/operator-handles.ts';
import type { OperatorStateSnapshot } from '../../state/operator/operator-state.ts';
import { bytesOf } from '../../values/bytes.ts';

/** What the sync part has kept; structure only. */
export interface SnapshotParts {
  readonly keyed: { readonly snapshot: KeyedSnapshot; readonly range: KeyGroupRange } | undefined;
  readonly broadcast: { encode(): Uint8Array } | undefined;
  readonly operator: OperatorStateSnapshot | undefined;
  /** Complete; undefined: the checkpoint overtook nothing. */
  readonly channelState: ChannelStateRequest | undefined;
}

export interface UploadedSnapshot {
  readonly handles: {
    readonly keyed: readonly KeyedHandle[];
    readonly broadcast: BroadcastHandle | null;
    readonly operatorState: readonly OperatorStateHandle[];
    readonly channelState: readonly ChannelStateHandle[];
    readonly inline: readonly InlineObject[];
  };
  /** The keyed objects that were put into the store for it, with their bytes. */
  readonly written: ReadonlyMap<string, Uint8Array>;
  readonly channelStateBytes: number;
  readonly totalBytes: number;
}

const NO_BYTES = new Uint8Array(0);

/** Throws `IoError` if an object cannot be written. */
export function* uploadSnapshot(
  objects: ObjectStore,
  place: SnapshotPlace,
  parts: SnapshotParts,
  typeOf: (edge: number) => TypeInfo | undefined,
): Coroutine<UploadedSnapshot> {
  const { prefix } = place;
  const inline: InlineObject[] = [];
  let totalBytes = 0;
  let keyed: readonly KeyedHandle[] = [];
  let written: ReadonlyMap<string, Uint8Array> = new Map();
  if (parts.keyed !== undefined) {
    const out = new ObjectOutput(place);
    keyed = yield* writeKeyed(out, parts.keyed.snapshot, parts.keyed.range);
    const uploaded = yield* out.upload(objects);
    totalBytes += out.totalBytes;
    written = uploaded.written;
    inline.push(...uploaded.inline);
  }
  let broadcast: BroadcastHandle | null = null;
  if (parts.broadcast !== undefined) {
    const bytes = parts.broadcast.encode();
    broadcast = { object: `${prefix}-broadcast`, at: 0, length: bytes.length };
    yield* store(objects, place, broadcast.object, bytes, inline);
    totalBytes += bytes.length;
  }
  const lists = encodeLists(`${prefix}-operator`, parts.operator);
  if (lists.bytes.length > 0) yield* store(objects, place, `${prefix}-operator`, lists.bytes, inline);
  totalBytes += lists.bytes.length;
  const { handles: channelState, bytes } = encodeChannels(`${prefix}-channels`, parts.channelState, typeOf);
  if (channelState.length > 0) yield* store(objects, place, `${prefix}-channels`, bytes, inline);
  return {
    handles: { keyed, broadcast, operatorState: lists.handles, channelState, inline },
    written,
    channelStateBytes: bytes.length,
    totalBytes: totalBytes + bytes.length,
  };
}

/** Into the object store, or, if it is small, into `inline`. */
function* store(
  objects: ObjectStore,
  place: SnapshotPlace,
  object: string,
  bytes: Uint8Array,
  inline: InlineObject[],
): Coroutine<void> {
  if (isInline(place, bytes)) inline.push(inlineObjectOf(object, bytes));
  else yield* writeObject(objects, object, bytes);
}

function encodeLists(
  object: string,
  snapshot: OperatorStateSnapshot | undefined,
): { readonly handles: readonly OperatorStateHandle[]; readonly bytes: Uint8Array } {
  let handles: readonly OperatorStateHandle[] = [];
  if (snapshot === undefined) return { handles, bytes: NO_BYTES };
  const bytes = bytesOf((out) => {
    handles = snapshot.write(object, out);
  });
  return { handles, bytes };
}

function* writeKeyed(
  out: ObjectOutput,
  snapshot: KeyedSnapshot,
  range: KeyGroupRange,
): Coroutine<readonly KeyedHandle[]> {
  const written = snapshot.write(out);
  const handles = 'next' in written ? yield* written : written;
  checkCover(handles, range);
  return handles;
}

/** Throws `EngineBug`: a key group that no handle holds would be lost, one in two of them restored twice. */
function checkCover(handles: readonly KeyedHandle[], { start, end }: KeyGroupRange): void {
  let next = start;
  for (const { first, last } of [...handles].sort((a, b) => a.first - b.first)) {
    assert(first === next && last >= first, () => `a handle holds key groups ${first} to ${last}, ${next} is next`);
    next = last + 1;
  }
  assert(next === end + 1, () => `no handle holds key groups ${next} to ${end}`);
}

function encodeChannels(
  object: string,
  request: ChannelStateRequest | undefined,
  typeOf: (edge: number) => TypeInfo | undefined,
): { readonly handles: readonly ChannelStateHandle[]; readonly bytes: Uint8Array } {
  if (request === undefined) return { handles: [], bytes: NO_BYTES };
  const handles: ChannelStateHandle[] = [];
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [side, channels] of [
    ['input', request.inputs],
    ['output', request.outputs],
  ] as const) {
    for (const [{ id }, elements] of channels) {
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
