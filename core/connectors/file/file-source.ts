/**
 * Reads the lines of files in the object store: a split is a file, its position the number of the next line. Bounded: the
 * files that are there when the job first lists them, each as it is when it is read.
 *
 * A reader fetches its file whole. A line ends with "\n"; what follows the last one is a line too, unless it is empty. Bytes
 * are UTF-8, and what is not becomes U+FFFD.
 * Left out: files that come later, compression, reading a part of a file.
 */
import { int64, record, string } from '../../job/types.ts';
import { IoError } from '../../errors.ts';
import { type Coroutine, Deferred, type Pending, settled } from '../../waiting.ts';
import { versioned } from '../connector.ts';
import { listEnumerator, splitListSerializer, type SplitListState } from '../list-enumerator.ts';
import type { EnumeratorEnv, Source, SourceRecord, SourceSplit, SplitReader, SplitReaderEnv } from '../source.ts';
import { ours } from '../ours.ts';

/** `id`: name of the object; `position`: lines that were read. */
export type FileSplit = SourceSplit;

const splitSerializer = versioned<FileSplit>('splits of a file source', 1, record({ id: string, position: int64 }));
const enumeratorSerializer = splitListSerializer(splitSerializer);

/**
 * Reads every line of every object whose name begins with `prefix`, one split a file, in no order between files.
 *
 * @example
 * ```ts
 * const lines = fileSource({ prefix: 'logs/2026-' });
 * ```
 */
export function fileSource(options: { readonly prefix: string }): Source<string, FileSplit, SplitListState<FileSplit>> {
  const { prefix } = options;
  return ours({
    connector: 'file',
    input: prefix,
    type: string,
    bounded: true,
    startPosition: 0,
    rewindable: true,
    splitSerializer,
    enumeratorSerializer,
    createEnumerator: (env, restored) => listEnumerator(env, restored, () => filesOf(env, prefix)),
    createReader: (split, env) => new LineReader(split, env),
    unassigned: ({ listed, unassigned }) => (listed ? unassigned : undefined),
  });
}

function* filesOf(env: EnumeratorEnv<FileSplit>, prefix: string): Coroutine<FileSplit[]> {
  const names = yield* env.ports.objects.list(prefix);
  return [...names].sort().map((id) => ({ id, position: 0 }));
}

class LineReader implements SplitReader<string, FileSplit> {
  readonly #id: string;
  readonly #env: SplitReaderEnv;
  #position: number;
  #lines: readonly string[] | undefined;
  #arrival: Deferred<void> | undefined;

  constructor({ id, position }: FileSplit, env: SplitReaderEnv) {
    this.#id = id;
    this.#env = env;
    this.#position = position;
    env.scope.spawn(`read ${id}`, this.#read());
  }

  poll(): SourceRecord<string> | 'nothing' | 'end' {
    if (this.#lines === undefined) return 'nothing';
    const value = this.#lines[this.#position];
    return value === undefined ? 'end' : { value, position: this.#position++ };
  }

  available(): Pending<void> {
    if (this.#lines !== undefined) return settled();
    this.#arrival ??= new Deferred(`file ${this.#id}`);
    return this.#arrival;
  }

  snapshot(): FileSplit {
    return { id: this.#id, position: this.#position };
  }

  *#read(): Coroutine<void> {
    const bytes = yield* this.#env.ports.objects.get(this.#id);
    if (bytes === undefined) throw new IoError(`file ${this.#id} is gone: it was there when the job listed its input`);
    this.#lines = linesOf(bytes);
    this.#arrival?.resolve();
  }
}

function linesOf(bytes: Uint8Array): readonly string[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}
