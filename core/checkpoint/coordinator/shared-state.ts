/** The objects that the checkpoints of an attempt share: the registry (`storage/shared-registry.ts`), and the deletion of what it lets go. */
import { deletePrefix, deleteObjects } from '../storage/delete-prefix.ts';
import { sharedObjects, sharedPrefix, type SubtaskSnapshot } from '../storage/metadata.ts';
import { drop, type SharedObjects, use } from '../storage/shared-registry.ts';
import type { CoordinatorEnv } from './coordinator-env.ts';

export class SharedState {
  readonly #env: CoordinatorEnv;
  #registry: SharedObjects;

  constructor(env: CoordinatorEnv) {
    this.#env = env;
    this.#registry = env.attempt.shared;
  }

  /** A part of a checkpoint has come. False: it names an object that is gone, so the checkpoint cannot be complete. */
  acknowledged(checkpoint: number, snapshot: SubtaskSnapshot): boolean {
    const { job, attempt } = this.#env.attempt;
    const own = sharedPrefix(job, attempt, checkpoint);
    const names = sharedObjects(job, [snapshot]);
    const { registry, missing } = use(this.#registry, checkpoint, names, (object) => object.startsWith(own));
    this.#registry = registry;
    return missing.length === 0;
  }

  /** What it has made goes, of tasks that have not acknowledged it, too: nobody else may name it. */
  aborted(checkpoint: number): void {
    this.subsumed(checkpoint);
    const { attempt, config, ports, scope } = this.#env;
    if (!config.checkpointing.incremental) return;
    const prefix = sharedPrefix(attempt.job, attempt.attempt, checkpoint);
    scope.spawn(`delete shared ${checkpoint}`, deletePrefix(ports, prefix));
  }

  /** It is not kept any more: what no other one names goes. */
  subsumed(checkpoint: number): void {
    const { registry, unused } = drop(this.#registry, checkpoint);
    this.#registry = registry;
    if (unused.length === 0) return;
    this.#env.scope.spawn(`release ${checkpoint}`, deleteObjects(this.#env.ports.objects, unused));
  }
}
