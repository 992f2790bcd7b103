import type { ZooEntry } from '../entry.ts';

export const endsOfDataNotReset: ZooEntry = {
  id: `ends-of-data-not-reset`,
  title: `A new attempt takes over which tasks had come to the end of their input in the failed one`,
  origin: `FLINK-32945: the bitmap of ends of data is not reset on restore`,
  file: `core/checkpoint/coordinator/coordinator.ts`,
  find: `    this.#scheduler = new TriggerScheduler({
      clock: ports.clock,
      random: ports.random,
      config: config.checkpointing,
      final: new FinalCheckpointOfJob(tasks),
`,
  replace: `    const kept: unknown = Reflect.get(ports, \`final of \${tasks}\`);
    const final = kept instanceof FinalCheckpointOfJob ? kept : new FinalCheckpointOfJob(tasks);
    Reflect.set(ports, \`final of \${tasks}\`, final);
    this.#scheduler = new TriggerScheduler({
      clock: ports.clock,
      random: ports.random,
      config: config.checkpointing,
      final,
`,
  law: `settle`,
};
