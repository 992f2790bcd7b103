import type { ZooEntry } from '../entry.ts';

export const sinkAbortsWhatOthersCommit: ZooEntry = {
  id: `sink-aborts-what-others-commit`,
  title: `A sink that opens aborts all that older attempts have left, of every subtask, but what it is to commit itself`,
  origin: `FLINK-7978: the transactional ids that a subtask aborts at its start are those of others, too`,
  file: `core/connectors/log/log-sink.ts`,
  find: `    yield* this.#abortLeftovers(new Set(restored.map(({ id }) => id)));
    this.#appender.start();
  }

  write(value: T): void {
    this.#appender.push(value);
  }

  get dirty(): boolean {
    return this.#transaction !== undefined || this.#appender.busy;
  }

  *prepareCommit(): Coroutine<readonly LogCommittable[]> {
    yield* this.#appender.drained();
    const transaction = this.#transaction;
    if (transaction === undefined) return [];
    this.#transaction = undefined;
    const outcome = yield* this.#requireProducer().prepare(transaction);
    if (outcome.kind !== 'written')
      throw new IoError(\`transaction \${transaction}: prepare was answered \${outcome.kind}\`);
    return [{ id: transaction }];
  }

  *#append(batch: readonly Uint8Array[]): Coroutine<void> {
    this.#transaction ??= this.#nextTransaction();
    const outcome = yield* this.#requireProducer().append(this.#transaction, this.#topic, this.#partition, batch);
    if (outcome.kind !== 'written') {
      throw new IoError(\`transaction \${this.#transaction}: an append was answered \${outcome.kind}\`);
    }
  }

  *#abortLeftovers(keep: ReadonlySet<string>): Coroutine<void> {
    const { job, sink, ports, parallelism, subtask, attempt } = this.#env;
    const prefix = \`\${job}/\${sink}/\`;
    const found = yield* ports.log.transactions(prefix);
    for (const { id } of found) {
      const name = parseTransaction(id.slice(prefix.length));
      if (name === undefined || keep.has(id)) continue;
      if (name.owner % parallelism !== subtask || name.attempt >= attempt) continue;`,
  replace: `    yield* this.#abortLeftovers(new Set(restored.map(({ id }) => id).filter((id) => Number(id.split('/').at(-3)) % parallelism === subtask)));
    this.#appender.start();
  }

  write(value: T): void {
    this.#appender.push(value);
  }

  get dirty(): boolean {
    return this.#transaction !== undefined || this.#appender.busy;
  }

  *prepareCommit(): Coroutine<readonly LogCommittable[]> {
    yield* this.#appender.drained();
    const transaction = this.#transaction;
    if (transaction === undefined) return [];
    this.#transaction = undefined;
    const outcome = yield* this.#requireProducer().prepare(transaction);
    if (outcome.kind !== 'written')
      throw new IoError(\`transaction \${transaction}: prepare was answered \${outcome.kind}\`);
    return [{ id: transaction }];
  }

  *#append(batch: readonly Uint8Array[]): Coroutine<void> {
    this.#transaction ??= this.#nextTransaction();
    const outcome = yield* this.#requireProducer().append(this.#transaction, this.#topic, this.#partition, batch);
    if (outcome.kind !== 'written') {
      throw new IoError(\`transaction \${this.#transaction}: an append was answered \${outcome.kind}\`);
    }
  }

  *#abortLeftovers(keep: ReadonlySet<string>): Coroutine<void> {
    const { job, sink, ports, attempt } = this.#env;
    const prefix = \`\${job}/\${sink}/\`;
    const found = yield* ports.log.transactions(prefix);
    for (const { id } of found) {
      const name = parseTransaction(id.slice(prefix.length));
      if (name === undefined || keep.has(id)) continue;
      if (name.attempt >= attempt) continue;`,
  law: `transactions`,
  also: [`settle`],
};
