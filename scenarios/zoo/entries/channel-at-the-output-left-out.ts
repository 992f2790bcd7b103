import type { ZooEntry } from '../entry.ts';

export const channelAtTheOutputLeftOut: ZooEntry = {
  id: 'channel-at-the-output-left-out',
  title: `A channel that stands exactly at the watermark of its task does not hold it back`,
  origin: `the boundary of SEMANTICS V4: > for >= in what is aligned`,
  file: 'core/time/status-watermark-valve.ts',
  find: `channel.watermark < this.#lastOutput) continue;`,
  replace: `channel.watermark <= this.#lastOutput) continue;`,
  law: 'watermarks',
};
