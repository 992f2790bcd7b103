import type { ZooEntry } from '../entry.ts';

export const completedBehindTheEnd: ZooEntry = {
  id: `completed-behind-the-end`,
  title: `The completion of a checkpoint goes on when its attempt is over, and removes what the next one restores from`,
  origin: `Hazelcast Jet 2824: the first phase of a snapshot completes while the execution is restarted`,
  file: `core/checkpoint/coordinator/completion-queue.ts`,
  find: `    this.#env.scope.spawn(\`finalize \${pending.id}\`, this.#finalizeAll());
  }

  /** The attempt is over. What is with the stores now may still come to count. */
  stop(): void {
    this.#over = true;
  }

  *#finalizeAll(): Coroutine<void> {
    for (;;) {
      const pending = this.#waiting.shift();
      if (pending === undefined || this.#over) break;
      if (pending.state === 'acknowledged') yield* this.#finalize(pending);
    }
    this.#finalizing = false;
  }

  *#finalize(pending: PendingCheckpoint): Coroutine<void> {
    pending.state = 'finalizing';
    const { attempt, ports, scope } = this.#env;
    const name = metadataName(prefixOf(pending.kind, attempt.job, attempt.attempt, pending.id));
    try {
      yield* writeObject(ports.objects, name, writeMetadata(pending.metadata(attempt)));
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      if (!this.#over) this.#steps.storeFailed(pending);
      return;
    }
    if (this.#over) return;
    const published = { checkpoint: pending.id, attempt: attempt.attempt, metadata: name };
    const subsumed = yield* this.#publish(pending, published);
    pending.state = 'over';
    this.#steps.published(pending, name);
    if (this.#over) return;
    this.#steps.completed(pending, name);
    for (const old of subsumed) {
      scope.spawn(\`delete \${old.checkpoint}\`, deletePrefix(ports, prefixAt(old.metadata)));
      this.#steps.subsumed(old.checkpoint);
    }
`,
  replace: `    this.#env.ports.scope.spawn(\`finalize \${pending.id}\`, this.#finalizeAll());
  }

  /** The attempt is over. What is with the stores now may still come to count. */
  stop(): void {
    this.#over = true;
  }

  *#finalizeAll(): Coroutine<void> {
    for (;;) {
      const pending = this.#waiting.shift();
      if (pending === undefined || this.#over) break;
      if (pending.state === 'acknowledged') yield* this.#finalize(pending);
    }
    this.#finalizing = false;
  }

  *#finalize(pending: PendingCheckpoint): Coroutine<void> {
    pending.state = 'finalizing';
    const { attempt, ports } = this.#env;
    const name = metadataName(prefixOf(pending.kind, attempt.job, attempt.attempt, pending.id));
    try {
      yield* writeObject(ports.objects, name, writeMetadata(pending.metadata(attempt)));
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      if (!this.#over) this.#steps.storeFailed(pending);
      return;
    }
    const published = { checkpoint: pending.id, attempt: attempt.attempt, metadata: name };
    let subsumed: readonly CompletedCheckpoint[];
    try {
      subsumed = yield* this.#publish(pending, published);
    } catch (error) {
      if (error instanceof IoError && this.#over) return;
      throw error;
    }
    pending.state = 'over';
    this.#steps.published(pending, name);
    for (const old of subsumed) {
      ports.scope.spawn(\`delete \${old.checkpoint}\`, deletePrefix(ports, prefixAt(old.metadata)));
      if (!this.#over) this.#steps.subsumed(old.checkpoint);
    }
    if (this.#over) return;
    this.#steps.completed(pending, name);
`,
  law: `reference-closure`,
  also: [`transactions`, `restored-newest`],
};
