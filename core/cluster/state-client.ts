/**
 * Queryable state from outside (Flink: `QueryableStateClient`): a process that is no part of the job asks for what a key has in
 * a keyed state. It asks the job manager where the key's task runs, then the task manager there, and begins anew while nobody
 * can answer: tasks move.
 *
 *   client --lookUp--> job manager --located--> client --readState--> task manager --stateRead--> client
 *
 * What comes back is what was stored at one moment between question and answer. Expired values are not shown.
 */
import { IoError } from '../errors.ts';
import { keyGroupOf, ownerOf } from '../graph/key-groups.ts';
import type { TypeInfo } from '../job/types.ts';
import { type Body, encodeMessage, type MessageHandlers, type MessageHeader, openMessage } from '../messages.ts';
import type { Address, Connection, Ports } from '../ports.ts';
import { ByteReader, bytesOf } from '../values/bytes.ts';
import { keyHasher } from '../values/hash.ts';
import { readType, serializerOf, toBytes, writeType } from '../values/serializers.ts';
import { type Coroutine, Deferred } from '../waiting.ts';

/** Where a task manager answers. */
export const STATE_SERVICE = 'state';

/** `unknown-state`: no operator of the uid has asked for a state of the name in the attempt that answers. */
export type QueryError = 'unknown-state' | 'unknown-key' | 'not-running';
const ERRORS: readonly string[] = ['unknown-state', 'unknown-key', 'not-running'] satisfies readonly QueryError[];

export interface StateQuery {
  readonly operator: string;
  readonly state: string;
  readonly key: unknown;
  readonly keyType: TypeInfo;
}

/** Of which attempt it is; 0 if none was asked. `now`: by the clock of the task manager that told what had expired; 0: none did. */
export type QueryAnswer = { readonly attempt: number; readonly now: number } & (
  | {
      readonly error: undefined;
      /** Of a map its entries, in order of the serialized keys; of aggregating state the accumulator. */
      readonly value: unknown;
    }
  | { readonly error: QueryError }
);

/** A look-up that is answered with nothing, or by nobody, is made again so often, after so long. */
const TRIES = 12;
const RETRY_MS = 25;
const TIMEOUT_MS = 400;

type Reply =
  | { readonly kind: 'located'; readonly attempt: number; readonly body: Body<'located'> }
  | { readonly kind: 'stateRead'; readonly attempt: number; readonly body: Body<'stateRead'> };
/** Where the task of a key was. */
interface Place {
  readonly attempt: number;
  readonly subtask: number;
  readonly host: string;
}
/** What one try has come to. */
interface Tried {
  readonly place: Place | undefined;
  readonly answer: QueryAnswer;
}

export class StateClient {
  readonly #ports: Ports;
  readonly #jobManager: Address;
  #queries = 0;

  constructor(ports: Ports, jobManager: Address) {
    this.#ports = ports;
    this.#jobManager = jobManager;
  }

  *query(query: StateQuery): Coroutine<QueryAnswer> {
    const { probe, clock } = this.#ports;
    const number = ++this.#queries;
    const { operator, state, key } = query;
    probe.queryAsked?.({ query: number, operator, state, key });
    let first: Place | undefined;
    let last = yield* this.#try(query);
    for (let tries = 1; tries < TRIES && last.answer.error === 'not-running'; tries++) {
      first ??= last.place;
      yield* clock.sleep(RETRY_MS, `no task that runs has the key of query ${number}, asks again`);
      last = yield* this.#try(query);
    }
    const { place, answer } = last;
    const { attempt, error, now } = answer;
    probe.queryAnswered?.({
      query: number,
      answeredBy: attempt,
      error,
      value: answer.error === undefined ? answer.value : undefined,
      now,
      asked: place === undefined ? undefined : { attempt: place.attempt, subtask: place.subtask },
      moved:
        first !== undefined &&
        first.attempt < attempt &&
        (first.host !== place?.host || first.subtask !== place.subtask),
    });
    return answer;
  }

  *#try({ operator, state, key, keyType }: StateQuery): Coroutine<Tried> {
    const located = yield* this.#ask(this.#jobManager, encodeMessage('lookUp', headerOf(0), { operator }));
    if (located?.kind !== 'located') return { place: undefined, answer: NOBODY };
    const { attempt, body } = located;
    const { parallelism, maxParallelism, hosts } = body;
    if (hosts.length === 0) return { place: undefined, answer: failure(attempt, body.error) };
    const subtask = ownerOf(keyGroupOf(keyHasher(keyType)(key), maxParallelism), parallelism, maxParallelism);
    const place: Place = { attempt, subtask, host: hosts[subtask] ?? '' };
    if (body.error !== '') return { place, answer: failure(attempt, body.error) };
    const header = headerOf(attempt);
    const read = encodeMessage('readState', header, { operator, subtask, state, key: toBytes(keyType, key) });
    const reply = yield* this.#ask({ host: place.host, service: STATE_SERVICE }, read);
    if (reply?.kind !== 'stateRead') return { place, answer: NOBODY };
    const { error, value, now } = reply.body;
    if (error !== '') return { place, answer: failure(reply.attempt, error, now) };
    return { place, answer: { attempt: reply.attempt, error: undefined, value: decoded(value), now } };
  }

  /** Undefined: there was no answer in time. */
  *#ask(to: Address, question: Uint8Array): Coroutine<Reply | undefined> {
    const { network, clock } = this.#ports;
    let connection: Connection;
    try {
      connection = yield* network.connect(to);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      return undefined;
    }
    const answered = new Deferred<Reply | undefined>(`an answer of ${to.host}`);
    const settle = (answer: Reply | undefined): void => {
      if (!answered.settled) answered.resolve(answer);
    };
    const handlers: MessageHandlers<'client'> = {
      located: ({ attempt }, body) => settle({ kind: 'located', attempt, body }),
      stateRead: ({ attempt }, body) => settle({ kind: 'stateRead', attempt, body }),
    };
    connection.onReceive((bytes) => openMessage(bytes).deliver(handlers, undefined));
    connection.onClosed(() => settle(undefined));
    const timer = clock.timer(TIMEOUT_MS, () => settle(undefined));
    connection.send(question);
    const answer = yield* answered;
    timer.cancel();
    connection.close();
    return answer;
  }
}

/** A client knows no leader; 0: it asks about no attempt. */
function headerOf(attempt: number): MessageHeader {
  return { leaderEpoch: 0, attempt, checkpoint: -1 };
}

const NOBODY: QueryAnswer = { attempt: 0, error: 'not-running', now: 0 };

function failure(attempt: number, error: string, now = 0): QueryAnswer {
  return { attempt, error: isError(error) ? error : 'not-running', now };
}

function isError(text: string): text is QueryError {
  return ERRORS.includes(text);
}

/** What a task manager has found, as it sends it: with its type, so that whoever asks need not know it. */
export function encoded(type: TypeInfo, value: unknown): Uint8Array {
  return bytesOf((out) => {
    writeType(type, out);
    serializerOf(type).write(value, out);
  });
}

/** Values of types with code of the job's own come as they are stored. */
function decoded(bytes: Uint8Array): unknown {
  const input = new ByteReader(bytes);
  return serializerOf(readType(input)).read(input);
}
