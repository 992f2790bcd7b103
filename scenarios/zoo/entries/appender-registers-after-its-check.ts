import type { ZooEntry } from '../entry.ts';

export const appenderRegistersAfterItsCheck: ZooEntry = {
  id: 'appender-registers-after-its-check',
  title: 'An appender finds its queue empty, and waits for news a moment later: what comes in between wakes nobody',
  origin: 'Arroyo 5a31d17c: whoever waits looks at the queue first and registers then',
  file: 'core/connectors/log/appender.ts',
  find: `      if (this.#queue.length === 0) {
`,
  replace: `      if (this.#queue.length === 0) {
        yield* this.#env.ports.clock.sleep(0);
`,
  law: 'settle',
};
