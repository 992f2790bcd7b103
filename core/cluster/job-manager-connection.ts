/**
 * A task manager's connection to its job manager: made again whenever it is lost, kept alive by heartbeats.
 *
 *   connect -> register -> heartbeats both ways -> closed, or silent for `heartbeatTimeoutMs` -> pause -> connect ...
 *
 * What the tasks report while there is no connection waits in an outbox, which is sent when the job manager has
 * confirmed the next registration. The job manager drops what is out of date by then.
 */
import type { JobConfig } from '../config.ts';
import { IoError } from '../errors.ts';
import {
  type Body,
  encodeMessage,
  type IncomingMessage,
  type KindsTo,
  type MessageHeader,
  openMessage,
} from '../messages.ts';
import type { Address, Connection, Ports, Timer } from '../ports.ts';
import { type Coroutine, Deferred } from '../waiting.ts';

export interface ConnectionListener {
  /** Header of a message that is sent now and belongs to no checkpoint. */
  header(): MessageHeader;
  received(message: IncomingMessage): void;
  /** Until the next registration. */
  lost(): void;
}

export class JobManagerConnection {
  readonly #ports: Ports;
  readonly #config: JobConfig;
  readonly #jobManager: Address;
  readonly #listener: ConnectionListener;
  #connection: Connection | undefined;
  /** By the monotonic clock. */
  #lastHeard = 0;
  #outbox: Uint8Array[] = [];

  constructor(ports: Ports, config: JobConfig, jobManager: Address, listener: ConnectionListener) {
    this.#ports = ports;
    this.#config = config;
    this.#jobManager = jobManager;
    this.#listener = listener;
    ports.scope.spawn('connection to the job manager', this.#stayConnected());
  }

  /** Sent now, or when the outbox is. */
  report<K extends KindsTo<'attempt' | 'stage'>>(kind: K, header: MessageHeader, body: Body<K>): void {
    const bytes = encodeMessage(kind, header, body);
    if (this.#connection === undefined || this.#outbox.length > 0) this.#outbox.push(bytes);
    else this.#connection.send(bytes);
  }

  /** The job manager has confirmed the registration. */
  sendOutbox(): void {
    const outbox = this.#outbox;
    this.#outbox = [];
    for (const bytes of outbox) this.#connection?.send(bytes);
  }

  *#stayConnected(): Coroutine<void> {
    const { clock, self } = this.#ports;
    for (;;) {
      const connection = yield* this.#tryConnect();
      if (connection !== undefined) {
        const closed = new Deferred<void>('loss of the connection to the job manager');
        connection.onReceive((bytes) => {
          this.#lastHeard = clock.monotonic();
          this.#listener.received(openMessage(bytes));
        });
        connection.onClosed(() => {
          if (!closed.settled) closed.resolve();
        });
        this.#connection = connection;
        this.#lastHeard = clock.monotonic();
        const { host, process, incarnation } = self;
        const slots = this.#config.slotsPerTaskManager;
        this.#send('register', { taskManager: process, host, incarnation, slots });
        const heartbeat = this.#startHeartbeat(connection, closed);
        yield* closed;
        heartbeat.stop();
        this.#connection = undefined;
        this.#listener.lost();
      }
      yield* clock.sleep(this.#config.reconnectMs, 'connects to the job manager again');
    }
  }

  *#tryConnect(): Coroutine<Connection | undefined> {
    try {
      return yield* this.#ports.network.connect(this.#jobManager);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      return undefined;
    }
  }

  #startHeartbeat(connection: Connection, closed: Deferred<void>): { stop(): void } {
    const { clock } = this.#ports;
    let timer: Timer | undefined;
    const beat = (): void => {
      if (clock.monotonic() - this.#lastHeard > this.#config.heartbeatTimeoutMs) {
        connection.close();
        if (!closed.settled) closed.resolve();
        return;
      }
      this.#send('heartbeat', {});
      timer = clock.timer(this.#config.heartbeatIntervalMs, beat);
    };
    timer = clock.timer(this.#config.heartbeatIntervalMs, beat);
    return {
      stop: () => {
        timer?.cancel();
      },
    };
  }

  #send<K extends KindsTo<'jobManager'>>(kind: K, body: Body<K>): void {
    this.#connection?.send(encodeMessage(kind, this.#listener.header(), body));
  }
}
