import type { ZooEntry } from '../entry.ts';

export const ttlReadDoesNotTouch: ZooEntry = {
  id: 'ttl-read-does-not-touch',
  title: 'Reading a value does not touch it, although its time to live says so',
  origin: 'the mistake of a touch that is made on the copy that is returned (Flink: AbstractTtlDecorator)',
  file: 'core/state/kinds/cell.ts',
  find: `      this.#cell.write(this.#expiry.touched(value), call);
    }
    return this.#border.shown(value);`,
  replace: `      this.#expiry.touched(value);
    }
    return this.#border.shown(value);`,
  law: 're-execution',
};
