import type { ZooEntry } from '../entry.ts';

export const lastBufferDropped: ZooEntry = {
  id: 'last-buffer-dropped',
  title: 'The last partial buffer is dropped at the end of the input',
  origin: 'HZ-JET a650cd1d9a and others: what is collected but not full is forgotten at the end',
  file: 'core/channels/output-channel.ts',
  find: `      this.#open.push(element);
      this.finishBuffer();`,
  replace: `      if (element.kind === 'watermark' && element.timestamp === Number.MAX_SAFE_INTEGER) this.#open = [];
      this.#open.push(element);
      this.finishBuffer();`,
  law: 'conservation',
};
