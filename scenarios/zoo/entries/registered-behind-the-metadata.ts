import type { ZooEntry } from '../entry.ts';

export const registeredBehindTheMetadata: ZooEntry = {
  id: 'registered-behind-the-metadata',
  title: 'What a checkpoint names is registered some time after its acknowledgement, when its metadata may be visible',
  origin: 'SEMANTICS R1: registered before metadata is made visible',
  file: 'core/checkpoint/coordinator/shared-state.ts',
  find: `    this.#registry = registry;
    return missing.length === 0;`,
  replace: `    const later = function* (self: SharedState): Coroutine<void> {
      yield* self.#env.ports.clock.sleep(40);
      self.#registry = use(self.#registry, checkpoint, names, () => true).registry;
    };
    if (registry !== this.#registry) this.#env.scope.spawn('register', later(this));
    return missing.length === 0;`,
  law: 'reference-closure',
};
