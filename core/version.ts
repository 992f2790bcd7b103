/**
 * The version of the package (a test keeps it equal to package.json), and the mark of this copy of it.
 *
 * Two copies can meet in one process: a project that has two versions installed, a global command that loads a project's
 * configuration. They cannot work together: their classes differ, so `instanceof` is false where it should be true. So
 * jobs and errors carry who made them (`origin.ts`), under a symbol that all copies share.
 */
export const VERSION = '0.1.0';

export const MADE_BY = Symbol.for('millrace.madeBy');

/** One copy of the package. Two copies of one version are different objects. */
export interface Copy {
  readonly version: string;
  /** Address of a file of it. */
  readonly from: string;
}

export const THIS_COPY: Copy = Object.freeze({ version: VERSION, from: import.meta.url });

/** The copy that made it, if it was another one than this. Never throws, whatever it is given. */
export function otherCopy(made: unknown): Copy | undefined {
  if (typeof made !== 'object' || made === null) return undefined;
  try {
    const copy: unknown = Reflect.get(made, MADE_BY);
    if (typeof copy !== 'object' || copy === null || copy === THIS_COPY) return undefined;
    const text = (field: string, otherwise: string): string => {
      const value: unknown = Reflect.get(copy, field);
      return typeof value === 'string' ? value : otherwise;
    };
    return { version: text('version', 'of an unknown version'), from: text('from', 'an unknown place') };
  } catch {
    return undefined;
  }
}

/** What to do about it, as the end of a message. */
export const KEEP_ONE_COPY =
  'keep one copy (npm ls millrace shows them), and start the command from the project: npx millrace';
