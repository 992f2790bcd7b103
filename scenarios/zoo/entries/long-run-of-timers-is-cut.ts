import type { ZooEntry } from '../entry.ts';

export const longRunOfTimersIsCut: ZooEntry = {
  id: `long-run-of-timers-is-cut`,
  title: `A watermark that fires many timers is forwarded when some have fired; the others wait for the next one`,
  origin: `FLINK-20217: firing that yields to checkpoints, and what is still to fire is not gone on with`,
  file: `core/operators/heads/keyed-head.ts`,
  find: `    const timers = this.backend.timers('event');
    for (;;) {
      const timer = timers.poll(watermark, eligible);
`,
  replace: `    const timers = this.backend.timers('event');
    for (let fired = 0; fired < 16 || watermark === MAX_TIMESTAMP; fired++) {
      const timer = timers.poll(watermark, eligible);
`,
  law: `timers`,
};
