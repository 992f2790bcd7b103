/**
 * Channels between the tasks of one attempt: by reference (or over bytes) inside a task manager, over a connection of
 * its own between two.
 *
 *   receiver -> sender   request { attempt, edge, sender, receiver, credits }, then a count of credits per message
 *   sender -> receiver   buffers
 *
 * The receiver connects; a request that comes before its sender is deployed waits for it. A lost connection fails the
 * tasks at both ends: what was under way is gone.
 */
import type { TypeInfo } from '../job/types.ts';
import type { JobConfig } from '../config.ts';
import { IoError } from '../errors.ts';
import type { ChannelId } from '../facts.ts';
import type { Connection, HostId, Ports } from '../ports.ts';
import { ByteReader, ByteWriter } from '../values/bytes.ts';
import { serializerOf, type TypeSerializer } from '../values/serializers.ts';
import type { Coroutine, Scope } from '../waiting.ts';
import { type Buffer, readElement, type StreamElement, writeElement } from '../channels/elements.ts';
import type { InputChannel } from '../channels/input-gate.ts';
import type { OutputChannel } from '../channels/output-channel.ts';
import { channelText } from '../channels/output-queue.ts';

const SERVICE = 'data';

/** What the data plane wires. */
export interface WiredTask {
  readonly inputs: readonly InputChannel[];
  readonly outputs: readonly OutputChannel[];
  /** An output has credit. */
  wake(): void;
  /** A connection of it is lost. */
  fail(error: unknown): void;
}

/** One attempt's tasks on this task manager. */
export interface Deployment {
  readonly attempt: number;
  readonly tasks: readonly WiredTask[];
  readonly scope: Scope;
  /** Where the sender of a channel runs. */
  readonly senderHost: (channel: ChannelId) => HostId;
  readonly typeOf: (edge: number) => TypeInfo;
}

interface Request {
  readonly id: ChannelId;
  /** Of its output: each message of credits asks for it. */
  readonly key: string;
  readonly credits: number;
  readonly connection: Connection;
}

export class DataPlane {
  readonly #ports: Ports;
  readonly #config: JobConfig;
  readonly #out = new ByteWriter();
  #deployment: Deployment | undefined;
  #outputs = new Map<string, { readonly channel: OutputChannel; readonly task: WiredTask }>();
  #connections: Connection[] = [];
  /** Requests for an attempt that is not deployed here yet. */
  #early: Request[] = [];

  constructor(ports: Ports, config: JobConfig) {
    this.#ports = ports;
    this.#config = config;
    ports.network.listen(SERVICE, (connection) => {
      this.#accept(connection);
    });
  }

  /** Wires the tasks; call `detach` for the attempt before. */
  attach(deployment: Deployment): void {
    this.#deployment = deployment;
    this.#outputs = new Map();
    for (const task of deployment.tasks) {
      for (const channel of task.outputs) this.#outputs.set(keyOf(channel.id), { channel, task });
    }
    for (const task of deployment.tasks) {
      for (const channel of task.inputs) this.#connectInput(deployment, task, channel);
    }
    const early = this.#early;
    this.#early = [];
    for (const request of early) this.#serve(request);
  }

  /** Closes every connection of the attempt. */
  detach(): void {
    this.#deployment = undefined;
    this.#outputs = new Map();
    const connections = this.#connections;
    this.#connections = [];
    for (const connection of connections) connection.close();
  }

  #connectInput(deployment: Deployment, task: WiredTask, channel: InputChannel): void {
    const host = deployment.senderHost(channel.id);
    const local = this.#outputs.get(keyOf(channel.id));
    if (local !== undefined) {
      channel.connect((credits) => {
        local.channel.addCredit(credits);
        local.task.wake();
      }, this.#config.credits);
      const type = serializerOf(deployment.typeOf(channel.id.edge));
      const deliver = this.#config.byReference
        ? (buffer: Buffer) => {
            channel.enqueue(buffer);
          }
        : (buffer: Buffer) => {
            channel.enqueue(decodeBuffer(this.#encode(buffer, type), type));
          };
      local.channel.connect({ deliver }, this.#config.credits);
      return;
    }
    deployment.scope.spawn(`connect ${channelText(channel.id)}`, this.#connectRemote(deployment, task, channel, host));
  }

  *#connectRemote(deployment: Deployment, task: WiredTask, channel: InputChannel, host: HostId): Coroutine<void> {
    let connection: Connection;
    try {
      connection = yield* this.#ports.network.connect({ host, service: SERVICE });
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      task.fail(new IoError(`${channelText(channel.id)}: cannot reach ${host}: ${error.message}`));
      return;
    }
    if (this.#deployment !== deployment) {
      connection.close();
      return;
    }
    this.#connections.push(connection);
    const type = serializerOf(deployment.typeOf(channel.id.edge));
    connection.onReceive((bytes) => {
      if (this.#deployment === deployment) channel.enqueue(decodeBuffer(bytes, type));
    });
    connection.onClosed(() => {
      if (this.#deployment === deployment)
        task.fail(new IoError(`${channelText(channel.id)}: connection to ${host} lost`));
    });
    channel.connect((credits) => {
      this.#out.varint(credits);
      connection.send(this.#out.take());
    }, this.#config.credits);
    connection.send(this.#encodeRequest(channel.id, this.#config.credits));
  }

  #accept(connection: Connection): void {
    let request: Request | undefined;
    connection.onReceive((bytes) => {
      if (request === undefined) {
        request = decodeRequest(bytes, connection);
        this.#serve(request);
        return;
      }
      const output = this.#outputs.get(request.key);
      if (output === undefined) return;
      output.channel.addCredit(new ByteReader(bytes).varint());
      output.task.wake();
    });
    connection.onClosed(() => {
      if (request === undefined) return;
      const { id, key } = request;
      this.#early = this.#early.filter((candidate) => candidate.connection !== connection);
      if (this.#deployment?.attempt === id.attempt) {
        this.#outputs.get(key)?.task.fail(new IoError(`${channelText(id)}: connection to the receiver lost`));
      }
    });
  }

  #serve(request: Request): void {
    const current = this.#deployment?.attempt ?? 0;
    if (request.id.attempt > current) {
      this.#early.push(request);
      return;
    }
    const output = this.#outputs.get(request.key);
    if (output === undefined) {
      request.connection.close();
      return;
    }
    this.#connections.push(request.connection);
    const deployment = this.#deployment;
    if (deployment === undefined) return;
    const type = serializerOf(deployment.typeOf(request.id.edge));
    const { connection } = request;
    output.channel.connect(
      {
        deliver: (buffer) => {
          connection.send(this.#encode(buffer, type));
        },
      },
      request.credits,
    );
    output.task.wake();
  }

  #encode(buffer: Buffer, type: TypeSerializer<unknown>): Uint8Array {
    const out = this.#out;
    out.bool(buffer.priority);
    out.varint(buffer.elements.length);
    for (const element of buffer.elements) writeElement(element, type, out);
    return out.take();
  }

  #encodeRequest(id: ChannelId, credits: number): Uint8Array {
    for (const field of [id.attempt, id.edge, id.sender, id.receiver, credits]) this.#out.varint(field);
    return this.#out.take();
  }
}

function decodeBuffer(bytes: Uint8Array, type: TypeSerializer<unknown>): Buffer {
  const input = new ByteReader(bytes);
  const priority = input.bool();
  const count = input.varint();
  const elements: StreamElement[] = [];
  for (let i = 0; i < count; i++) elements.push(readElement(type, input));
  return { elements, priority };
}

function decodeRequest(bytes: Uint8Array, connection: Connection): Request {
  const input = new ByteReader(bytes);
  const attempt = input.varint();
  const edge = input.varint();
  const sender = input.varint();
  const id: ChannelId = { attempt, edge, sender, receiver: input.varint() };
  return { id, key: keyOf(id), credits: input.varint(), connection };
}

function keyOf(id: ChannelId): string {
  return `${id.attempt}/${id.edge}/${id.sender}/${id.receiver}`;
}
