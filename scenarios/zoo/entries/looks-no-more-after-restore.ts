import type { ZooEntry } from '../entry.ts';

export const looksNoMoreAfterRestore: ZooEntry = {
  id: 'looks-no-more-after-restore',
  title: `After a restore an enumerator looks for no further partitions: those that are added later are never read`,
  origin: `the mistake that it stands for: periodic discovery is begun on a fresh start only`,
  file: 'core/connectors/list-enumerator.ts',
  find: `    this.#unassigned = restored?.unassigned ?? [];
  }

  *run(): Coroutine<void> {
    const { parallelism, ports, noMoreSplits } = this.#env;
    for (;;) {
      if (!this.#listed || this.#lookAgainMs > 0) {
        const found = yield* this.#discover();
        this.#unassigned = [...this.#unassigned, ...found.slice(this.#assigned + this.#unassigned.length)];
        this.#listed = true;
      }
      yield* this.#assignAll();
      if (this.#lookAgainMs === 0) break;
      yield* ports.clock.sleep(this.#lookAgainMs);`,
  replace: `    this.#unassigned = restored?.unassigned ?? [];
    this.#restored = restored !== undefined;
  }
  readonly #restored: boolean;

  *run(): Coroutine<void> {
    const { parallelism, ports, noMoreSplits } = this.#env;
    for (;;) {
      if (!this.#listed || this.#lookAgainMs > 0) {
        const found = yield* this.#discover();
        this.#unassigned = [...this.#unassigned, ...found.slice(this.#assigned + this.#unassigned.length)];
        this.#listed = true;
      }
      yield* this.#assignAll();
      if (this.#lookAgainMs === 0) break;
      if (this.#restored) return;
      yield* ports.clock.sleep(this.#lookAgainMs);`,
  law: 'settle',
};
