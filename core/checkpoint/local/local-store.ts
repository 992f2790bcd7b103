/**
 * What lies on the disk of a host when the tasks of an attempt start there:
 *
 *   list -> of each task the manifest of the attempt that took the restored checkpoint -> everything else goes
 *
 * What goes are files of tasks that run elsewhere now, of attempts in between, and what a task that died had not finished.
 */
import { IoError } from '../../errors.ts';
import type { Probe, TaskId } from '../../facts.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import type { Ports } from '../../ports.ts';
import { isUpTo } from '../../state/host-files.ts';
import type { Coroutine, Scope } from '../../waiting.ts';
import type { LocalRestore } from '../restore/task-restore.ts';
import { type Found, LocalCopies } from './local-copies.ts';
import { LocalFiles, manifestName } from './local-files.ts';
import { filesOf, readManifest } from './manifest.ts';

export class LocalStore {
  readonly #probe: Probe;
  readonly #attempt: number;
  readonly #scope: Scope;
  readonly #files: LocalFiles;
  readonly #tasks: LocalCopies[] = [];

  /** `scope`: of the attempt. */
  constructor({ disk, probe }: Pick<Ports, 'disk' | 'probe'>, job: string, attempt: number, scope: Scope) {
    this.#probe = probe;
    this.#attempt = attempt;
    this.#scope = scope;
    this.#files = new LocalFiles(disk, job);
  }

  /** Of a task that runs here. `restored`: what the restored metadata says of its objects. */
  copiesOf(task: TaskId, range: KeyGroupRange, restored: LocalRestore | null): LocalCopies {
    const copies = new LocalCopies({
      task,
      range,
      restored,
      files: this.#files,
      scope: this.#scope,
      probe: this.#probe,
    });
    this.#tasks.push(copies);
    return copies;
  }

  /** Once, when all tasks are known. They are told what there is for them, one after the other. */
  open(): void {
    this.#scope.spawn('local copies', this.#open());
  }

  *#open(): Coroutine<void> {
    const files = this.#files;
    const names = yield* files.list();
    const needed = new Set<string>();
    for (const copies of this.#tasks) {
      const found = yield* restoredBy(copies, files, names, this.#probe);
      for (const name of found === undefined ? [] : [found.manifest, ...filesOf({ checkpoints: [found.checkpoint] })])
        needed.add(name);
      copies.opened(found);
    }
    for (const name of names) if (!needed.has(name) && isUpTo(this.#attempt - 1, name)) files.remove(name);
  }
}

/** Undefined: nothing of the restored checkpoint is here that the task may take. */
function* restoredBy(
  { task, range, restored }: LocalCopies,
  files: LocalFiles,
  names: readonly string[],
  probe: Probe,
): Coroutine<Found | undefined> {
  if (restored === null) return undefined;
  const { checkpoint, attempt } = restored;
  const name = manifestName({ vertex: task.vertex, subtask: task.subtask, attempt });
  if (!names.includes(name)) return undefined;
  const manifest = yield* manifestIn(files, name);
  probe.localManifest?.({ task, event: manifest === undefined ? 'damaged' : 'read' });
  if (manifest?.attempt !== attempt || manifest.vertex !== task.vertex || manifest.subtask !== task.subtask)
    return undefined;
  if (manifest.first !== range.start || manifest.last !== range.end) return undefined;
  const found = manifest.checkpoints.find((one) => one.checkpoint === checkpoint);
  return found === undefined ? undefined : { checkpoint: found, manifest: name };
}

/** Undefined: it is torn, damaged or cannot be read. */
function* manifestIn(files: LocalFiles, name: string) {
  try {
    // Another one may come in its place while it is read: what a process that died had asked for.
    return readManifest(yield* files.read(name)) ?? readManifest(yield* files.read(name));
  } catch (error) {
    if (!(error instanceof IoError)) throw error;
    return undefined;
  }
}
