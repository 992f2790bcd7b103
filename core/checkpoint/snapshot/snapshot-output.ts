/**
 * What a state backend writes a snapshot to: one common object and files of its own, kept until `upload` puts them into
 * the store under the checkpoint's prefix, but for those that are small enough to ride in the acknowledgement.
 */
import type { CheckpointKind } from '../../barrier-options.ts';
import { assert } from '../../errors.ts';
import type { ObjectStore } from '../../ports.ts';
import type { SnapshotOutput, StateSlice } from '../../state/backend.ts';
import { type InlineObject, inlineObjectOf } from '../../state/handles.ts';
import { writeObjects } from '../../state/object-io.ts';
import type { Coroutine } from '../../waiting.ts';

export interface SnapshotPlace {
  readonly checkpoint: number;
  readonly kind: CheckpointKind;
  /** What the objects of this task's part are named with. */
  readonly prefix: string;
  /** The same for what it shares with later checkpoints. */
  readonly sharedPrefix: string;
  /** Whether an object is one that this job shares. */
  readonly isOwn: (object: string) => boolean;
  /** See `CheckpointingConfig.inlineStateBytes`. */
  readonly inlineStateBytes: number;
}

/** Whether an object of this size rides in the acknowledgement. What checkpoints share never does: a later one names it. */
export function isInline({ inlineStateBytes }: Pick<SnapshotPlace, 'inlineStateBytes'>, bytes: Uint8Array): boolean {
  return inlineStateBytes > 0 && bytes.length <= inlineStateBytes;
}

export interface UploadedObjects {
  readonly inline: readonly InlineObject[];
  /** What is in the store, by name. */
  readonly written: ReadonlyMap<string, Uint8Array>;
}

export class ObjectOutput implements SnapshotOutput {
  readonly checkpoint: number;
  readonly kind: CheckpointKind;
  readonly #object: string;
  readonly #place: SnapshotPlace;
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  readonly #files = new Map<string, Uint8Array>();
  readonly #shared = new Set<string>();
  #fileBytes = 0;

  constructor(place: SnapshotPlace) {
    const { checkpoint, kind, prefix } = place;
    this.#place = place;
    this.checkpoint = checkpoint;
    this.kind = kind;
    this.#object = prefix;
  }

  /** Size of all objects together. */
  get totalBytes(): number {
    return this.#length + this.#fileBytes;
  }

  append(bytes: Uint8Array): StateSlice {
    const slice = { object: this.#object, offset: this.#length, length: bytes.length };
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return slice;
  }

  file(name: string, bytes: Uint8Array): string {
    return this.#file(`${this.#object}-state-${name}`, name, bytes);
  }

  shared(name: string, bytes: Uint8Array): string {
    assert(this.kind === 'checkpoint', () => `a ${this.kind} shares ${name}`);
    const object = this.#file(`${this.#place.sharedPrefix}-${name}`, name, bytes);
    this.#shared.add(object);
    return object;
  }

  mayReuse(object: string): boolean {
    return this.#place.isOwn(object);
  }

  #file(object: string, name: string, bytes: Uint8Array): string {
    assert(!this.#files.has(object), () => `two files of one snapshot are named ${name}`);
    this.#files.set(object, bytes);
    this.#fileBytes += bytes.length;
    return object;
  }

  /** Nothing is handed over any more. Throws `IoError` if an object cannot be written. */
  *upload(objects: ObjectStore): Coroutine<UploadedObjects> {
    if (this.#parts.length > 0) this.#files.set(this.#object, joined(this.#parts.splice(0), this.#length));
    const inline: InlineObject[] = [];
    const written = new Map<string, Uint8Array>();
    for (const [name, bytes] of this.#files) {
      if (!this.#shared.has(name) && isInline(this.#place, bytes)) inline.push(inlineObjectOf(name, bytes));
      else written.set(name, bytes);
    }
    yield* writeObjects(objects, written);
    return { inline, written };
  }
}

/** `length`: of all parts together. */
export function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
