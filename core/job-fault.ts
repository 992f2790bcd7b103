/**
 * A mistake of the job, found where its code is called or where its values are taken: what kind it is, whose it is, and
 * with which record. It is deterministic, so no restart helps: the job fails by it at once (unless the configuration asks
 * for restarts), and the law `job` is what it breaks, never a law of the engine.
 *
 *     user code ---throws, returns, collects---> JobFault (kind, message)
 *       boundary around the call                 adds the operator and the record
 *       task fails                               fact `taskFailed` with the fault as data; message `jobFault` to the job manager
 *       job manager                              the job has failed
 *
 * The user's file and line are read from the stack of the fault. They go into facts and reports only: never into a message
 * between processes, a signature, a case or a digest.
 */
import { JobError, messageOf } from './errors.ts';

/** Every kind of mistake, closed: a kind names what the author did, not where the engine noticed it. */
export const JOB_FAULT_KINDS = [
  /** A function of the job threw. */
  'threw',
  /** A function returned what it must not: undefined, NaN, no iterable, a subtask that there is not. */
  'bad-result',
  /** A function returned a promise, or is async. */
  'async',
  /** The clock, timers or dice of the platform were used, or its time zone or language: the run could not be repeated. */
  'platform-call',
  /** A value is not of the type that the job declares for it. */
  'not-of-type',
  /** A value was changed after it had been handed over. */
  'mutated',
  /** A key is undefined, or not of the key type. */
  'key-not-a-key',
  /** Two calls of a key function with one value gave two keys. */
  'key-not-a-function',
  /** A factory threw, or returned no function object. */
  'factory',
  /** A timer at no timestamp, or of a function that has no `onTimer`. */
  'timer',
  /** State used as it was not declared, or where there is none. */
  'state',
  /** A record without a timestamp where event time is needed. */
  'no-timestamp',
  /** A turn that takes no end: it emits, or sets timers that are due, for ever, or its code does not come back. */
  'endless',
  /** Something that was begun in a turn failed outside of all turns: a promise that nobody waits for. */
  'escaped',
  /** Any other rule of the job API. */
  'broken-rule',
] as const;
export type JobFaultKind = (typeof JOB_FAULT_KINDS)[number];

/** A fault as data: what facts and violations carry. */
export interface JobFaultData {
  readonly kind: JobFaultKind;
  /** uid of the operator whose code or value it is. */
  readonly operator: string;
  readonly message: string;
  /** The record, or the timer, that the operator was at, as text. */
  readonly record: string | undefined;
  /** The user's frames of the stack, the innermost first: "at processElement (jobs/totals.ts:17:9)". Differs between machines. */
  readonly stack: readonly string[];
  /** A value decided it, which may follow from what the engine has given to the function: whoever repeats the turn can tell. */
  readonly ofValue?: true;
}

/** Thrown where a mistake of the job is found. The boundary around the user's code adds operator and record. */
export class JobFault extends JobError {
  override readonly name = 'JobFault';
  readonly kind: JobFaultKind;
  #operator: string | undefined;
  #record: string | undefined;
  #ofValue = false;

  /** `cause`: what user code threw; its stack tells the user's line. */
  constructor(
    kind: JobFaultKind,
    message: string,
    options: { readonly cause?: unknown; readonly operator?: string } = {},
  ) {
    super(plainText(message, MESSAGE_MAX), 'cause' in options ? { cause: options.cause } : {});
    this.kind = kind;
    this.#operator = options.operator;
  }

  /** Says whose it is and what it was at. The innermost boundary knows best: what is known already stays. */
  blame(operator: string, record?: string): this {
    this.#operator ??= operator;
    this.#record ??= record;
    return this;
  }

  /** It is about the platform, and says what of a context to use in its place. */
  get namesContext(): boolean {
    return this.kind === 'platform-call' && this.message.includes('ctx.');
  }

  /** See `JobFaultData.ofValue`. */
  ofValue(): this {
    this.#ofValue = true;
    return this;
  }

  /**
   * `otherwise`: the operator, if no boundary has named one. `definedAt`: the user's frames where an operator was added, for a
   * fault with none of their functions on the stack.
   */
  data(otherwise: string, definedAt: (operator: string) => readonly string[] = () => []): JobFaultData {
    const operator = this.#operator ?? otherwise;
    const stack = userFrames(stackOf(this.cause) ?? stackOf(this) ?? '');
    return {
      kind: this.kind,
      operator,
      message: `operator ${operator}: ${this.message}`,
      record: this.#record,
      stack: stack.length > 0 ? stack : definedAt(operator),
      ...(this.#ofValue ? { ofValue: true } : {}),
    };
  }
}

/** What was thrown by a function of the author that has no context, as one that makes records: what to use of a context does not help there. */
export function thrownWithoutContext(error: unknown): string {
  const isAboutContext = error instanceof JobFault && error.namesContext;
  return isAboutContext ? `${messageOf(error)}; ${NO_CONTEXT}` : messageOf(error);
}

const NO_CONTEXT = 'where there is no ctx, follow from the arguments alone (the seed) or from a fast-check arbitrary';

/** The fault by which a task failed; undefined: the job is not to blame. A broken rule of the job API is one, whoever noticed it. */
export function faultOf(
  error: unknown,
  vertex: string,
  definedAt: (operator: string) => readonly string[],
): JobFaultData | undefined {
  if (error instanceof JobFault) return error.data(vertex, definedAt);
  if (!(error instanceof JobError)) return undefined;
  return new JobFault('broken-rule', error.message, { cause: error }).data(vertex, definedAt);
}

// ---- text

const MESSAGE_MAX = 600;

/** Text of the job's: bounded, and with control characters and lone surrogates escaped, so that it cannot disturb a report. */
export function plainText(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most)}...` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (char) => {
    return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

// ---- stacks

/** A thrown object may be anything, a getter that throws included. */
function stackOf(error: unknown): string | undefined {
  try {
    // eslint-disable-next-line no-restricted-syntax -- for people, in facts and reports only: see the top of the file
    return error instanceof Error && typeof error.stack === 'string' ? error.stack : undefined;
  } catch {
    return undefined;
  }
}

const SELF = import.meta.url;
/** Folder of the package, or of the one file that it is bundled into. */
const ROOT = SELF.replace(/core\/job-fault\.[^/]*$/, '');
const OURS = /^(core|sim|properties|reports|cli|bench)\/(?!.*\.test\.)/;
const FRAMES_MAX = 6;

/** The frames of a V8 stack that are the user's: no code of this package, of other packages or of the platform. */
export function userFrames(stack: string): readonly string[] {
  return stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at ') && isUsers(line))
    .slice(0, FRAMES_MAX)
    .map((line) => plainText(line.replace('file://', ''), 300));
}

function isUsers(frame: string): boolean {
  // "(node:internal/modules/esm/module_job:325:25)": what follows the colon is no path.
  if (/(?:^at |[( ])node:/.test(frame)) return false;
  const file = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):\d+(?::\d+)?\)?$/.exec(frame)?.[1];
  if (file === undefined || file.includes('/node_modules/')) return false;
  const url = file.startsWith('/') ? `file://${file}` : file;
  if (url === SELF) return false;
  return !url.startsWith(ROOT) || !OURS.test(url.slice(ROOT.length));
}
