/** For tests: snapshots that are written and restored at once, with objects in memory. */
import type { Timestamp } from '../../job/functions.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import type { FloorRange } from '../../time/floors.ts';
import type { Coroutine } from '../../waiting.ts';
import { IoError } from '../../errors.ts';
import { ByteWriter } from '../../values/bytes.ts';
import type { InspectState, KeyedSnapshot, KeyedStateBackend, KeyGroupContent } from '../backend.ts';
import type { KeyedHandle } from '../handles.ts';
import { inspectHeapState } from '../heap/heap-inspect.ts';

export interface KeyedImage {
  readonly handles: readonly KeyedHandle[];
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

/** Image of a backend that writes without waiting. `name`: the name of the common object. */
export function imageOf(snapshot: KeyedSnapshot, name = 'state'): KeyedImage {
  const out = new ByteWriter();
  const objects = new Map<string, Uint8Array>();
  const handles = snapshot.write({
    checkpoint: 1,
    kind: 'checkpoint',
    append: (bytes) => {
      const slice = { object: name, offset: out.length, length: bytes.length };
      out.raw(bytes);
      return slice;
    },
    file: (file, bytes) => {
      objects.set(`${name}-${file}`, bytes);
      return `${name}-${file}`;
    },
    shared: (file) => {
      throw new Error(`${file} is shared`);
    },
    mayReuse: () => false,
  });
  if ('next' in handles) throw new Error('the snapshot waits');
  objects.set(name, out.take());
  return { handles, objects };
}

/** Every key group by itself. */
export function contentsOf(image: KeyedImage, inspect: InspectState = inspectHeapState): KeyGroupContent[] {
  return inspect(image.handles, (name) => image.objects.get(name)).flatMap(({ first, last, ...content }) =>
    Array.from({ length: last - first + 1 }, (_, i) => ({ keyGroup: first + i, ...content })),
  );
}

function* fetched(objects: ReadonlyMap<string, Uint8Array>, name: string): Coroutine<Uint8Array> {
  const bytes = objects.get(name);
  if (bytes === undefined) throw new IoError(`object ${name} is missing`);
  return bytes;
}

/** Images of different names. */
export function restoreNow(backend: KeyedStateBackend, images: readonly KeyedImage[]): readonly FloorRange[] {
  const objects = new Map(images.flatMap((image) => [...image.objects]));
  const handles = images.flatMap((image) => image.handles);
  const run = backend.restore(handles, (name) => fetched(objects, name));
  const step = run.next();
  if (step.done !== true) throw new Error(`the restore waits for ${step.value.what}`);
  return step.value;
}

export function floorsOf({ start, end }: KeyGroupRange, floor: (keyGroup: number) => Timestamp): FloorRange[] {
  return Array.from({ length: end - start + 1 }, (_, i) => ({
    start: start + i,
    end: start + i,
    floor: floor(start + i),
  }));
}
