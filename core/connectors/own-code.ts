/**
 * Code of a connector of the author's, on its way into a task or into the job manager: what it throws is a mistake of the job,
 * named by operator and method, unless it is one of the errors that its contract names (`IoError`: the attempt starts again; the job
 * manager, which has none, asks again). What it uses of the engine wrongly, such as a `Deferred` that it settles twice, is its
 * mistake, too, and so is what it returns and may not.
 * Our own connectors are used as they are: what they throw otherwise is a bug of ours.
 */
import { definedAt } from '../defined-at.ts';
import { EngineBug, isNamed, messageOf } from '../errors.ts';
import { JobFault, type JobFaultData, type JobFaultKind } from '../job-fault.ts';
import type { JobSpec } from '../job/spec.ts';
import { ignoreRejection, isThenable } from '../user-code.ts';
import { showValue } from '../values/show.ts';
import type { Coroutine, Scope } from '../waiting.ts';
import type { ConnectorSerializer } from './connector.ts';
import type { Committable, CommitOutcome, CommittingSinkWriter, ExactlyOnceSink, Sink, SinkWriter } from './sink.ts';
import { isOurs } from './ours.ts';
import type { EnumeratorEnv, Source, SourceSplit, SplitEnumerator, SplitReader } from './source.ts';

export function guardedSource(uid: string, source: Source): Source {
  if (isOurs(source)) return source;
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
        guard.reader(source.createReader(split, { ...env, scope: guard.scope(env.scope, 'reader') }), split),
      ),
    unassigned: (state) => guard.call('unassigned', () => source.unassigned(state), SPLITS_OR_NOT_KNOWN),
  };
}

export function guardedSink(uid: string, sink: ExactlyOnceSink): ExactlyOnceSink;
export function guardedSink(uid: string, sink: Sink): Sink;
export function guardedSink(uid: string, sink: Sink): Sink {
  if (isOurs(sink)) return sink;
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

/** The mistake of a connector of the author's, where there is no task: in the job manager, or in front of a law. Undefined: it is none. */
export function faultOfConnector(error: unknown, job: JobSpec): JobFaultData | undefined {
  return error instanceof JobFault ? error.data('connector', (operator) => definedAt(job, operator)) : undefined;
}

/** What a method has to return. */
interface Expected<R> {
  readonly what: string;
  readonly holds: (result: R) => boolean;
}

const isObject = (result: unknown): result is Readonly<Record<string, unknown>> =>
  typeof result === 'object' && result !== null;
const isPosition = (position: unknown): boolean => Number.isSafeInteger(position) && Number(position) >= 0;
const isSplit = (split: unknown): boolean =>
  isObject(split) && typeof split['id'] === 'string' && isPosition(split['position']);
const isCommittable = (one: unknown): boolean => isObject(one) && typeof one['id'] === 'string';

function having(...methods: readonly string[]): Expected<unknown> {
  return {
    what: `an object with ${methods.join(', ')}`,
    holds: (result) => isObject(result) && methods.every((name) => typeof result[name] === 'function'),
  };
}

const NOTHING: Expected<unknown> = { what: 'nothing', holds: () => true };
const COROUTINE: Expected<unknown> = {
  what: 'a coroutine (write it as function*)',
  holds: (result) => isObject(result) && typeof result['next'] === 'function',
};
const ANYTHING: Expected<unknown> = { what: 'its state', holds: (state) => state !== undefined };
const POLLED: Expected<unknown> = {
  what: `'nothing', 'end' or a record { value, position }, its position a whole number >= 0`,
  holds: (polled) =>
    polled === 'nothing' ||
    polled === 'end' ||
    (isObject(polled) && 'value' in polled && isPosition(polled['position'])),
};
const PENDING: Expected<unknown> = {
  what: 'a Pending, such as settled() or a Deferred',
  holds: (pending) => isObject(pending) && typeof pending['onSettled'] === 'function',
};
const SPLIT: Expected<unknown> = { what: 'a split { id, position }, its position a whole number >= 0', holds: isSplit };
const SPLITS_OR_NOT_KNOWN: Expected<unknown> = {
  what: 'a list of splits { id, position }, or undefined',
  holds: (splits) => splits === undefined || (Array.isArray(splits) && splits.every(isSplit)),
};
const BYTES: Expected<unknown> = { what: 'a Uint8Array', holds: (bytes) => bytes instanceof Uint8Array };
const COMMITTABLES: Expected<unknown> = {
  what: 'a list of committables { id }',
  holds: (list) => Array.isArray(list) && list.every(isCommittable),
};
const OUTCOMES: readonly unknown[] = ['committed', 'already', 'retry', 'failed'] satisfies readonly CommitOutcome[];
const OUTCOME: Expected<unknown> = {
  what: `'committed', 'already', 'retry' or 'failed'`,
  holds: (outcome) => OUTCOMES.includes(outcome),
};

class Guard {
  readonly #uid: string;

  constructor(uid: string) {
    this.#uid = uid;
  }

  call<R>(method: string, body: () => R, expected: Expected<R> = NOTHING): R {
    try {
      return this.#checked(body(), method, expected);
    } catch (error) {
      throw this.#blamed(error, method);
    }
  }

  *run<R>(method: string, body: () => Coroutine<R>, expected: Expected<R> = NOTHING): Coroutine<R> {
    try {
      return this.#checked(yield* this.#checked(body(), method, COROUTINE), method, expected);
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
      serialize: (value) => this.call(`${name}.serialize`, () => serializer.serialize(value), BYTES),
      deserialize: (version, bytes) =>
        this.call(`${name}.deserialize`, () => serializer.deserialize(version, bytes), ANYTHING),
    };
  }

  enumerator(enumerator: SplitEnumerator<unknown>): SplitEnumerator<unknown> {
    this.#checked(enumerator, 'createEnumerator', having('run', 'snapshot'));
    return {
      run: () => this.run('run of the enumerator', () => enumerator.run()),
      snapshot: () => this.call('snapshot of the enumerator', () => enumerator.snapshot(), ANYTHING),
    };
  }

  enumeratorEnv(env: EnumeratorEnv<SourceSplit>): EnumeratorEnv<SourceSplit> {
    const checked = (method: string, subtask: number): void => {
      if (Number.isInteger(subtask) && subtask >= 0 && subtask < env.parallelism) return;
      const text = `${method} was called for subtask ${subtask}; the source has subtasks 0 to ${env.parallelism - 1}`;
      throw this.#fault('bad-result', text);
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

  reader(reader: SplitReader<unknown, SourceSplit>, split: SourceSplit): SplitReader<unknown, SourceSplit> {
    this.#checked(reader, 'createReader', having('poll', 'available', 'snapshot'));
    let least = split.position;
    return {
      poll: () => {
        const polled = this.call('poll', () => reader.poll(), POLLED);
        if (typeof polled === 'string') return polled;
        if (polled.position < least)
          throw this.#fault(
            'bad-result',
            `poll of the connector gave position ${polled.position} of split ${split.id}, where ${least} is the least that may come: positions rise with every record`,
          );
        least = polled.position + 1;
        return polled;
      },
      available: () => this.call('available', () => reader.available(), PENDING),
      snapshot: () => this.call('snapshot', () => reader.snapshot(), SPLIT),
    };
  }

  writer(writer: SinkWriter<unknown>): SinkWriter<unknown> {
    this.#checked(writer, 'createWriter', having('open', 'write', 'flush'));
    return new GuardedWriter(this, writer);
  }

  committingWriter<C extends Committable>(writer: CommittingSinkWriter<unknown, C>): CommittingSinkWriter<unknown, C> {
    this.#checked(writer, 'createWriter', having('open', 'write', 'prepareCommit'));
    return new GuardedCommittingWriter(this, writer);
  }

  committer<C extends Committable>(
    committer: ReturnType<ExactlyOnceSink<unknown, C>['createCommitter']>,
  ): ReturnType<ExactlyOnceSink<unknown, C>['createCommitter']> {
    this.#checked(committer, 'createCommitter', having('commit'));
    return { commit: (committable) => this.run('commit', () => committer.commit(committable), OUTCOME) };
  }

  #checked<R>(result: R, method: string, { what, holds }: Expected<R>): R {
    if (isThenable(result)) {
      ignoreRejection(result);
      throw this.#fault(
        'async',
        `${method} of the connector returned a promise; it must return ${what}. What has to wait is a coroutine (function*) of its scope`,
      );
    }
    if (!holds(result))
      throw this.#fault(
        'bad-result',
        `${method} of the connector returned ${showValue(result)}; it must return ${what}`,
      );
    return result;
  }

  #fault(kind: JobFaultKind, message: string): JobFault {
    return new JobFault(kind, message, { operator: this.#uid });
  }

  /** The message speaks to functions of a job, which have a context. Calls are nested, and it is said once. */
  #withPorts(fault: JobFault): JobFault {
    if (!fault.namesContext || fault.message.endsWith(PORTS)) return fault.blame(this.#uid);
    return new JobFault(fault.kind, `${fault.message}; ${PORTS}`, { cause: fault, operator: this.#uid });
  }

  #blamed(error: unknown, method: string): unknown {
    if (error instanceof JobFault && error.kind === 'platform-call') return this.#withPorts(error);
    if (isNamed(error) && !(error instanceof EngineBug)) return error;
    return new JobFault('threw', `${method} of the connector threw ${messageOf(error)}`, { cause: error }).blame(
      this.#uid,
    );
  }
}

/** The clocks, timers and dice of a connector. */
const PORTS = 'in a connector, ports.clock and ports.random of its env';

class GuardedWriter implements SinkWriter<unknown> {
  readonly #guard: Guard;
  readonly #writer: SinkWriter<unknown>;

  constructor(guard: Guard, writer: SinkWriter<unknown>) {
    this.#guard = guard;
    this.#writer = writer;
  }

  get dirty(): boolean {
    return this.#writer.dirty;
  }
  open(): Coroutine<void> {
    return this.#guard.run('open', () => this.#writer.open());
  }
  write(value: unknown): void {
    this.#guard.call<unknown>('write', () => this.#writer.write(value));
  }
  flush(): Coroutine<void> {
    return this.#guard.run('flush', () => this.#writer.flush());
  }
}

class GuardedCommittingWriter<C extends Committable> implements CommittingSinkWriter<unknown, C> {
  readonly #guard: Guard;
  readonly #writer: CommittingSinkWriter<unknown, C>;

  constructor(guard: Guard, writer: CommittingSinkWriter<unknown, C>) {
    this.#guard = guard;
    this.#writer = writer;
  }

  get dirty(): boolean {
    return this.#writer.dirty;
  }
  open(restored: readonly C[]): Coroutine<void> {
    return this.#guard.run('open', () => this.#writer.open(restored));
  }
  write(value: unknown): void {
    this.#guard.call<unknown>('write', () => this.#writer.write(value));
  }
  prepareCommit(): Coroutine<readonly C[]> {
    return this.#guard.run('prepareCommit', () => this.#writer.prepareCommit(), COMMITTABLES);
  }
}
