import type { ZooEntry } from '../entry.ts';

export const triggeredAfterTheEnd: ZooEntry = {
  id: `triggered-after-the-end`,
  title: `A checkpoint is triggered some time after it was found due, without a look at whether the attempt is over by then`,
  origin: `FLINK-13969: a pending checkpoint is created after the coordinator was stopped`,
  file: `core/checkpoint/coordinator/coordinator.ts`,
  find: `    this.#scheduler = new TriggerScheduler({
      clock: ports.clock,
      random: ports.random,
      config: config.checkpointing,
      final: new FinalCheckpointOfJob(tasks),
      pending: () => this.#pending.size,
      unfinished: () => this.#finished.size < tasks,
      trigger: (kind) => {
        this.#trigger(kind);
      },`,
  replace: `    let initializing = 0;
    this.#scheduler = new TriggerScheduler({
      clock: ports.clock,
      random: ports.random,
      config: config.checkpointing,
      final: new FinalCheckpointOfJob(tasks),
      pending: () => this.#pending.size + initializing,
      unfinished: () => this.#finished.size < tasks,
      trigger: (kind) => {
        initializing++;
        ports.clock.timer(1, () => {
          initializing--;
          this.#trigger(kind);
        });
      },`,
  law: `alignment-ends`,
  also: [`settle`],
};
