/**
 * The zoo: planted bugs, each one an edit of one file of the engine, kept to show that the harness finds such bugs and
 * by which law. The engine has no switch for them: the edit is applied while a worker is bundled (design decision D13).
 */

export interface ZooEntry {
  /** Kebab case; the file in `entries/` has the same name. */
  readonly id: string;
  readonly title: string;
  /** Where the bug comes from: an issue of a real system, or the mistake that it stands for. */
  readonly origin: string;
  /** Path from the top of the repository: "core/checkpoint/coordinator/coordinator.ts". */
  readonly file: string;
  /** Must occur exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** The law that must catch it: it is among the violations of the first failing run. */
  readonly law: string;
  /** Laws that break first in some runs, by what the same bug does there, and catch it as well. */
  readonly also?: readonly string[];
  readonly note?: string;
}

/** The laws of which one must be among the violations of the first failing run. */
export function lawsOf({ law, also = [] }: ZooEntry): readonly string[] {
  return [law, ...also];
}

/** The edit cannot be applied: the engine has changed, or the entry is wrong. */
export class ZooEditError extends Error {
  override readonly name = 'ZooEditError';
}

/** The file's text with the bug planted. Throws `ZooEditError` unless the snippet occurs exactly once. */
export function applyEdit(entry: Pick<ZooEntry, 'id' | 'file' | 'find' | 'replace'>, text: string): string {
  const pieces = text.split(entry.find);
  if (entry.find === '' || pieces.length !== 2) {
    throw new ZooEditError(
      `zoo entry ${entry.id}: its snippet occurs ${pieces.length - 1} times in ${entry.file}, expected exactly once; ` +
        'follow the change of the engine in the entry',
    );
  }
  if (entry.find === entry.replace) throw new ZooEditError(`zoo entry ${entry.id}: it replaces its snippet by itself`);
  return pieces.join(entry.replace);
}
