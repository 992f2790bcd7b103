import { describe, expect, it } from 'vitest';
import { InputChannel } from '../channels/input-gate.ts';
import { OutputChannel } from '../channels/output-channel.ts';
import { DEFAULT_JOB_CONFIG } from '../config.ts';
import { IoError, messageOf } from '../errors.ts';
import type { ChannelId } from '../facts.ts';
import { int32, json } from '../job/types.ts';
import type { Connection, Network } from '../ports.ts';
import { Deferred } from '../waiting.ts';
import { DataPlane, type Deployment, type WiredTask } from './data-plane.ts';
import { ManualPorts, settled } from './testing/manual-ports.ts';

const config = { ...DEFAULT_JOB_CONFIG, bufferRecords: 1, credits: 1 };
const channelId = (attempt = 1): ChannelId => ({ edge: 0, attempt, sender: 0, receiver: 0 });

/** Two ends; closing one tells the other. */
function connected(): [Connection, Connection] {
  const received: ((bytes: Uint8Array) => void)[] = [];
  const closed: (() => void)[] = [];
  let isOpen = true;
  const end = (own: number, other: number): Connection => ({
    send: (bytes) => {
      if (isOpen) received[other]?.(bytes);
    },
    onReceive: (handler) => void (received[own] = handler),
    onClosed: (handler) => void (closed[own] = handler),
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      closed[other]?.();
    },
  });
  return [end(0, 1), end(1, 0)];
}

class Side {
  readonly failures: string[] = [];
  readonly values: unknown[] = [];
  wakes = 0;
  readonly output: OutputChannel;
  readonly input: InputChannel;

  constructor(attempt = 1) {
    const task = { vertex: 'v', subtask: 0, attempt };
    this.output = new OutputChannel(channelId(attempt), task, {}, config, () => undefined);
    this.input = new InputChannel(channelId(attempt), 0, {
      arrived: () => {
        while (this.input.readable) {
          const element = this.input.read();
          if (element.kind === 'record') this.values.push(element.value);
        }
      },
      announced: () => undefined,
      kept: () => undefined,
    });
  }

  task(has: 'input' | 'output' | 'both'): WiredTask {
    return {
      inputs: has === 'output' ? [] : [this.input],
      outputs: has === 'input' ? [] : [this.output],
      wake: () => this.wakes++,
      fail: (error) => this.failures.push(messageOf(error)),
    };
  }
}

/** One or two task managers; `connect` reaches the listener of the host. */
function world(connect?: Network['connect']) {
  const manual = new ManualPorts();
  const accepts = new Map<string, (connection: Connection) => void>();
  const connections: Connection[] = [];
  const plane = (host: string, byReference = true): DataPlane => {
    const network: Network = {
      listen: (_, accept) => accepts.set(host, accept),
      connect: (to) => {
        if (connect !== undefined) return connect(to);
        const [near, far] = connected();
        accepts.get(to.host)?.(far);
        connections.push(near);
        return settled(near);
      },
    };
    return new DataPlane(manual.ports({}, { network }), { ...config, byReference });
  };
  const scope = manual.ports().scope;
  const deployment = (tasks: readonly WiredTask[], attempt = 1, type = int32): Deployment => ({
    attempt,
    tasks,
    scope,
    senderHost: () => 'sender',
    typeOf: () => type,
  });
  return {
    plane,
    deployment,
    connections,
    run: () => {
      manual.executor.run();
    },
  };
}

describe('inside a task manager', () => {
  it('records pass by reference, and credits are returned', () => {
    const { plane, deployment } = world();
    const side = new Side();
    plane('host').attach({ ...deployment([side.task('both')]), typeOf: () => json });
    const value = { n: 1 };
    for (let i = 0; i < 3; i++) side.output.send(value, undefined);
    expect(side.values).toHaveLength(3);
    expect(side.values[0]).toBe(value);
  });

  it('over bytes, no reference is shared', () => {
    const { plane, deployment } = world();
    const side = new Side();
    plane('host', false).attach({ ...deployment([side.task('both')]), typeOf: () => json });
    const value = { n: 1 };
    side.output.send(value, undefined);
    expect(side.values).toEqual([value]);
    expect(side.values[0]).not.toBe(value);
  });
});

describe('between two task managers', () => {
  it('the receiver connects and grants credits; buffers go over the connection', () => {
    const { plane, deployment, run } = world();
    const [sender, receiver] = [new Side(), new Side()];
    plane('sender').attach(deployment([sender.task('output')]));
    plane('receiver').attach(deployment([receiver.task('input')]));
    for (const value of [1, 2, 3]) sender.output.send(value, undefined);
    expect(receiver.values).toEqual([]);
    run();
    expect(receiver.values).toEqual([1, 2, 3]);
    expect(sender.wakes).toBeGreaterThan(0);
  });

  it('a request that comes before its sender is deployed waits for it', () => {
    const { plane, deployment, run } = world();
    const [sender, receiver] = [new Side(), new Side()];
    const senders = plane('sender');
    plane('receiver').attach(deployment([receiver.task('input')]));
    run();
    senders.attach(deployment([sender.task('output')]));
    sender.output.send(1, undefined);
    expect(receiver.values).toEqual([1]);
  });

  it('a request for an attempt that is over is refused, which fails its task', () => {
    const { plane, deployment, run } = world();
    const receiver = new Side(1);
    plane('sender').attach(deployment([new Side(2).task('output')], 2));
    plane('receiver').attach(deployment([receiver.task('input')]));
    run();
    expect(receiver.failures).toEqual(['IoError: edge 0, 0 -> 0, attempt 1: connection to sender lost']);
  });

  it('a lost connection fails the task at the sender, too', () => {
    const { plane, deployment, connections, run } = world();
    const [sender, receiver] = [new Side(), new Side()];
    plane('sender').attach(deployment([sender.task('output')]));
    plane('receiver').attach(deployment([receiver.task('input')]));
    run();
    connections[0]?.close();
    expect(sender.failures).toEqual(['IoError: edge 0, 0 -> 0, attempt 1: connection to the receiver lost']);
  });

  it('a sender that cannot be reached fails the task', () => {
    const unreachable = new Deferred<Connection>('a connection');
    unreachable.reject(new IoError('no process listens'));
    const { plane, deployment, run } = world(() => unreachable);
    const receiver = new Side();
    plane('receiver').attach(deployment([receiver.task('input')]));
    run();
    expect(receiver.failures).toEqual(['IoError: edge 0, 0 -> 0, attempt 1: cannot reach sender: no process listens']);
  });

  it('detaching closes the connections: the peer fails, this side does not', () => {
    const { plane, deployment, run } = world();
    const [sender, receiver] = [new Side(), new Side()];
    const senders = plane('sender');
    senders.attach(deployment([sender.task('output')]));
    plane('receiver').attach(deployment([receiver.task('input')]));
    run();
    senders.detach();
    expect([sender.failures, receiver.failures]).toEqual([
      [],
      ['IoError: edge 0, 0 -> 0, attempt 1: connection to sender lost'],
    ]);
  });
});
