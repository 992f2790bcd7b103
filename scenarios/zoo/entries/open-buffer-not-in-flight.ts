import type { ZooEntry } from '../entry.ts';

export const openBufferNotInFlight: ZooEntry = {
  id: 'open-buffer-not-in-flight',
  title: 'The open buffer of an output is overtaken and not kept',
  origin: 'the empty case skipped: a buffer that is not full is no buffer',
  file: 'core/channels/output-channel.ts',
  find: `const overtaken = [...this.#queue.data, ...this.#open];`,
  replace: `const overtaken = this.#queue.data;`,
  law: 'channel-state',
};
