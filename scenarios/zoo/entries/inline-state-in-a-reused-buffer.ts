import type { ZooEntry } from '../entry.ts';

export const inlineStateInAReusedBuffer: ZooEntry = {
  id: 'inline-state-in-a-reused-buffer',
  title:
    'Small parts of a snapshot are views of one buffer, which the next part overwrites before they are acknowledged',
  origin:
    'a buffer that is used again while somebody has a view of it; what goes into the store has been copied by then',
  file: 'core/checkpoint/snapshot/upload.ts',
  find: `function* store(
  objects: ObjectStore,
  place: SnapshotPlace,
  object: string,
  bytes: Uint8Array,
  inline: InlineObject[],
): Coroutine<void> {
  if (isInline(place, bytes)) inline.push(inlineObjectOf(object, bytes));`,
  replace: `const SMALL = new Uint8Array(1024 * 1024);
function* store(
  objects: ObjectStore,
  place: SnapshotPlace,
  object: string,
  bytes: Uint8Array,
  inline: InlineObject[],
): Coroutine<void> {
  SMALL.set(bytes.subarray(0, SMALL.length));
  if (isInline(place, bytes)) inline.push(inlineObjectOf(object, SMALL.subarray(0, bytes.length)));`,
  law: 're-execution',
  also: ['settle', 'reference-closure'],
  note: 'The checksum beside the bytes finds it: the checkpoint cannot be read.',
};
