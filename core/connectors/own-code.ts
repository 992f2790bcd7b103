/**
 * Code of a connector of the author's, on its way into a task or into the job manager: what it throws is a mistake of the job,
 * named by operator and method, unless it is one of the errors that its contract names (`IoError`: the attempt starts again). What
 * it uses of the engine wrongly, such as a `Deferred` that it settles twice, is its mistake, too.
 * Our own connectors are used as they are: what they throw otherwise is a bug of ours.
 */
import { EngineBug, isNamed, messageOf } from '../errors.ts';
import { JobFault } from '../job-fault.ts';
import type { Coroutine, Scope } from '../waiting.ts';
import type { ConnectorSerializer } from './connector.ts';
import type { Committable, CommittingSinkWriter, ExactlyOnceSink, Sink, SinkWriter } from './sink.ts';
import type { EnumeratorEnv, Source, SourceSplit, SplitEnumerator, SplitReader } from './source.ts';

/** Names that our connectors have; one of the author's has a name of its own. */
const OURS: ReadonlySet<string> = new Set(['log', 'file', 'upsert']);

export function guardedSource(uid: string, source: Source): Source {
  if (OURS.has(source.connector)) return source;
  const guard = new Guard(uid);
  return {
    ...source,
    splitSerializer: guard.serializer(source.splitSerializer, 'splitSerializer'),
    enumeratorSerializer: guard.serializer(source.enumeratorSerializer, 'enumeratorSerializer'),
    createEnumerator: (env, restored) =>
      guard.call('createEnumerator', () =>
        guard.enumerator(source.createEnumerator(guard.enumeratorEnv(env), restored)),
      ),
    createReader: (split, env) =>
      guard.call('createReader', () =>
        guard.reader(source.createReader(split, { ...env, scope: guard.scope(env.scope, 'reader') })),
      ),
    unassigned: (state) => guard.call('unassigned', () => source.unassigned(state)),
  };
}

export function guardedSink(uid: string, sink: ExactlyOnceSink): ExactlyOnceSink;
export function guardedSink(uid: string, sink: Sink): Sink;
export function guardedSink(uid: string, sink: Sink): Sink {
  if (OURS.has(sink.connector)) return sink;
  const guard = new Guard(uid);
  if (sink.delivery === 'at-least-once') {
    return {
      ...sink,
      createWriter: (env) =>
        guard.call('createWriter', () =>
          guard.writer(sink.createWriter({ ...env, scope: guard.scope(env.scope, 'writer') })),
        ),
    };
  }
  return {
    ...sink,
    committableSerializer: guard.serializer(sink.committableSerializer, 'committableSerializer'),
    createWriter: (env) =>
      guard.call('createWriter', () =>
        guard.committingWriter(sink.createWriter({ ...env, scope: guard.scope(env.scope, 'writer') })),
      ),
    createCommitter: (env) => guard.call('createCommitter', () => guard.committer(sink.createCommitter(env))),
  };
}

class Guard {
  readonly #uid: string;

  constructor(uid: string) {
    this.#uid = uid;
  }

  call<R>(method: string, body: () => R): R {
    try {
      return body();
    } catch (error) {
      throw this.#blamed(error, method);
    }
  }

  *run<R>(method: string, body: () => Coroutine<R>): Coroutine<R> {
    try {
      return yield* body();
    } catch (error) {
      throw this.#blamed(error, method);
    }
  }

  scope(scope: Scope, whose: string): Scope {
    return {
      spawn: (name, body) =>
        scope.spawn(
          name,
          this.run(`coroutine "${name}" of the ${whose}`, () => body),
        ),
      child: (name, onFailure) => this.scope(scope.child(name, onFailure), whose),
      cancel: () => {
        scope.cancel();
      },
      waiting: () => scope.waiting(),
    };
  }

  serializer<T>(serializer: ConnectorSerializer<T>, name: string): ConnectorSerializer<T> {
    return {
      version: serializer.version,
      serialize: (value) => this.call(`${name}.serialize`, () => serializer.serialize(value)),
      deserialize: (version, bytes) => this.call(`${name}.deserialize`, () => serializer.deserialize(version, bytes)),
    };
  }

  enumerator(enumerator: SplitEnumerator<unknown>): SplitEnumerator<unknown> {
    return {
      run: () => this.run('run of the enumerator', () => enumerator.run()),
      snapshot: () => this.call('snapshot of the enumerator', () => enumerator.snapshot()),
    };
  }

  enumeratorEnv(env: EnumeratorEnv<SourceSplit>): EnumeratorEnv<SourceSplit> {
    const checked = (method: string, subtask: number): void => {
      if (Number.isInteger(subtask) && subtask >= 0 && subtask < env.parallelism) return;
      const text = `${method} was called for subtask ${subtask}; the source has subtasks 0 to ${env.parallelism - 1}`;
      throw new JobFault('bad-result', text, { operator: this.#uid });
    };
    return {
      ...env,
      assign: (subtask, ...splits) => {
        checked('assign', subtask);
        env.assign(subtask, ...splits);
      },
      noMoreSplits: (subtask) => {
        checked('noMoreSplits', subtask);
        env.noMoreSplits(subtask);
      },
    };
  }

  reader(reader: SplitReader<unknown, SourceSplit>): SplitReader<unknown, SourceSplit> {
    return {
      poll: () => this.call('poll', () => reader.poll()),
      available: () => this.call('available', () => reader.available()),
      snapshot: () => this.call('snapshot', () => reader.snapshot()),
    };
  }

  writer(writer: SinkWriter<unknown>): SinkWriter<unknown> {
    return {
      open: () => this.run('open', () => writer.open()),
      write: (value) => {
        this.call('write', () => {
          writer.write(value);
        });
      },
      get dirty() {
        return writer.dirty;
      },
      flush: () => this.run('flush', () => writer.flush()),
    };
  }

  committingWriter<C extends Committable>(writer: CommittingSinkWriter<unknown, C>): CommittingSinkWriter<unknown, C> {
    return {
      open: (restored) => this.run('open', () => writer.open(restored)),
      write: (value) => {
        this.call('write', () => {
          writer.write(value);
        });
      },
      get dirty() {
        return writer.dirty;
      },
      prepareCommit: () => this.run('prepareCommit', () => writer.prepareCommit()),
    };
  }

  committer<C extends Committable>(
    committer: ReturnType<ExactlyOnceSink<unknown, C>['createCommitter']>,
  ): ReturnType<ExactlyOnceSink<unknown, C>['createCommitter']> {
    return { commit: (committable) => this.run('commit', () => committer.commit(committable)) };
  }

  #blamed(error: unknown, method: string): unknown {
    if (isNamed(error) && !(error instanceof EngineBug)) return error;
    return new JobFault('threw', `${method} of the connector threw ${messageOf(error)}`, { cause: error }).blame(
      this.#uid,
    );
  }
}
