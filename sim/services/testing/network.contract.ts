/** What every `Network` promises to two living processes on two hosts. Left out: loss, death. */
import type { Connection, HostId, Network } from '../../../core/ports.ts';
import { Deferred } from '../../../core/waiting.ts';
import type { Coroutine } from '../../../core/waiting.ts';
import { bytes, failure, same, text } from '../../contract.ts';
import type { Clause } from '../../contract.ts';

export interface NetworkWorld {
  readonly client: Network;
  readonly server: Network;
  readonly serverHost: HostId;
}

export const networkContract: readonly Clause<NetworkWorld>[] = [
  {
    law: 'a connection to a service that no process offers fails with IoError',
    *check({ client, serverHost }) {
      same(yield* failure(client.connect({ host: serverHost, service: 'rpc' }), 'connect'), 'IoError', 'error');
      same(yield* failure(client.connect({ host: 'nowhere', service: 'rpc' }), 'connect'), 'IoError', 'error');
    },
  },
  {
    law: 'messages arrive whole and in order, both ways',
    *check(world) {
      const { near, far } = yield* connected(world);
      const atFar = new Inbox(far, 3);
      const atNear = new Inbox(near, 2);
      for (const message of ['a', '', 'ccc']) near.send(bytes(message));
      for (const message of ['1', '22']) far.send(bytes(message));
      same(yield* atFar.full, ['a', '', 'ccc'], 'at the server');
      same(yield* atNear.full, ['1', '22'], 'at the client');
    },
  },
  {
    law: 'what arrives before its handler is kept for it, in order',
    *check(world) {
      const { near, far } = yield* connected(world);
      far.send(bytes('early'));
      far.send(bytes('earlier than the handler'));
      near.send(bytes('ping'));
      yield* new Inbox(far, 1).full;
      far.send(bytes('pong'));
      const inbox = new Inbox(near, 3);
      same(yield* inbox.full, ['early', 'earlier than the handler', 'pong'], 'at the client');
    },
  },
  {
    law: 'the peer hears a close once, after all that was sent before it',
    *check(world) {
      const { near, far } = yield* connected(world);
      const inbox = new Inbox(far, 2);
      near.send(bytes('a'));
      near.send(bytes('b'));
      near.close();
      near.close();
      near.send(bytes('after the close'));
      yield* inbox.closed;
      same(inbox.messages, ['a', 'b'], 'at the server when it hears of the close');
    },
  },
  {
    law: 'nothing is delivered to who has closed, and it hears no close of its own',
    *check(world) {
      const { near, far } = yield* connected(world);
      const atNear = new Inbox(near, 1);
      const atFar = new Inbox(far, 1);
      far.send(bytes('too late'));
      near.close();
      yield* atFar.closed;
      far.send(bytes('even later'));
      far.close();
      yield* connected(world, 'other');
      same([atNear.messages, atNear.closed.settled], [[], false], 'at the client');
    },
  },
  {
    law: 'connections to one service are apart from each other',
    *check({ client, server, serverHost }) {
      const accepted: Inbox[] = [];
      server.listen('rpc', (connection) => accepted.push(new Inbox(connection, 1)));
      const first = yield* client.connect({ host: serverHost, service: 'rpc' });
      const second = yield* client.connect({ host: serverHost, service: 'rpc' });
      second.send(bytes('to the second'));
      yield* accepted[1]?.full ?? failed();
      first.send(bytes('to the first'));
      yield* accepted[0]?.full ?? failed();
      same(
        accepted.map((inbox) => inbox.messages),
        [['to the first'], ['to the second']],
        'messages by connection',
      );
    },
  },
  {
    law: 'a process reaches a service of its own host',
    *check({ server, serverHost }) {
      const { near, far } = yield* connected({ client: server, server, serverHost });
      near.send(bytes('to myself'));
      same(yield* new Inbox(far, 1).full, ['to myself'], 'received');
    },
  },
];

function failed(): never {
  throw new Error('the server has not accepted the connection');
}

function* connected(world: NetworkWorld, service = 'rpc'): Coroutine<{ near: Connection; far: Connection }> {
  const accepted = new Deferred<Connection>('a connection at the server');
  world.server.listen(service, (connection) => {
    accepted.resolve(connection);
  });
  const near = yield* world.client.connect({ host: world.serverHost, service });
  return { near, far: yield* accepted };
}

/** What one end receives. A second close settles `closed` twice, which fails. */
class Inbox {
  readonly messages: string[] = [];
  readonly full = new Deferred<readonly string[]>('all messages');
  readonly closed = new Deferred<void>('the end of the connection');

  constructor(connection: Connection, expected: number) {
    connection.onReceive((message) => {
      this.messages.push(text(message));
      if (this.messages.length === expected) this.full.resolve([...this.messages]);
    });
    connection.onClosed(() => {
      this.closed.resolve(undefined);
    });
  }
}
