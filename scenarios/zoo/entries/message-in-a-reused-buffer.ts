import type { ZooEntry } from '../entry.ts';

export const messageInAReusedBuffer: ZooEntry = {
  id: 'message-in-a-reused-buffer',
  title: 'Messages of a channel lie in one buffer, which the next one overwrites before it has left',
  origin: 'FLINK-17322: a buffer is released while others have not sent it, and later writes overwrite what is pending',
  file: 'core/task/data-plane.ts',
  find: `    const { connection } = request;
    output.channel.connect(
      {
        deliver: (buffer) => {
          connection.send(this.#encode(buffer, type));
        },
      },`,
  replace: `    const { connection } = request;
    const segment = new Uint8Array(4096);
    output.channel.connect(
      {
        deliver: (buffer) => {
          const bytes = this.#encode(buffer, type);
          if (bytes.length <= segment.length) segment.set(bytes);
          connection.send(bytes.length <= segment.length ? segment.subarray(0, bytes.length) : bytes);
        },
      },`,
  law: 'conservation',
  also: ['crash'],
};
