/**
 * Who needs which of the objects that checkpoints share (SEMANTICS R1; Flink: `SharedStateRegistryImpl`). Pure: an object is
 * needed by the checkpoints that name it, pending and retained ones, each by its id.
 *
 *     use(n, objects)     n names them: on acknowledgement, part by part, and for what is retained when an attempt begins. One
 *                         that is not known is n's own if n has made it; otherwise it is gone, and n cannot be complete
 *     drop(n)             n is subsumed or aborted: what no other one names goes
 *
 * An object is named by who wrote it and for which checkpoint, never by a local file, so two objects never have one name. One
 * that is not this job's is never deleted: it is not in here.
 */
export type SharedObjects = ReadonlyMap<string, ReadonlySet<number>>;

export const NO_SHARED_OBJECTS: SharedObjects = new Map();

export interface Used {
  readonly registry: SharedObjects;
  /** Named, and gone: nothing was registered then. */
  readonly missing: readonly string[];
}

/** `isOwn`: the checkpoint itself has made the object. */
export function use(
  registry: SharedObjects,
  checkpoint: number,
  objects: readonly string[],
  isOwn: (object: string) => boolean,
): Used {
  const missing = objects.filter((object) => !registry.has(object) && !isOwn(object));
  if (missing.length > 0 || objects.length === 0) return { registry, missing };
  const used = new Map(registry);
  for (const object of objects) used.set(object, new Set([...(registry.get(object) ?? []), checkpoint]));
  return { registry: used, missing };
}

export interface Dropped {
  readonly registry: SharedObjects;
  /** No checkpoint names them any more. */
  readonly unused: readonly string[];
}

export function drop(registry: SharedObjects, checkpoint: number): Dropped {
  const left = new Map<string, ReadonlySet<number>>();
  const unused: string[] = [];
  for (const [object, users] of registry) {
    const others = users.has(checkpoint) ? new Set([...users].filter((id) => id !== checkpoint)) : users;
    if (others.size > 0) left.set(object, others);
    else unused.push(object);
  }
  return { registry: left, unused };
}
