/**
 * The door of a task manager for those who ask for keyed state (Flink: `KvStateServer`). A question names the attempt that the
 * job manager has named: a task of another one does not answer it, so no answer is of a key that has moved away.
 */
import { encodeMessage, type MessageHandlers, openMessage } from '../messages.ts';
import type { Ports } from '../ports.ts';
import type { StateRead } from '../state/queried.ts';
import type { RunningAttempt } from './running-attempt.ts';
import { encoded, STATE_SERVICE } from './state-client.ts';

const NOTHING = new Uint8Array();

export function serveState(ports: Ports, running: () => RunningAttempt | undefined): void {
  ports.network.listen(STATE_SERVICE, (connection) => {
    const handlers: MessageHandlers<'stateServer'> = {
      readState: (header, { operator, subtask, state, key }) => {
        const attempt = running();
        const answer = (read: StateRead): void => {
          const body =
            'error' in read
              ? { error: read.error, value: NOTHING, now: read.error === 'unknown-key' ? read.now : 0 }
              : { error: '', value: encoded(read.type, read.value), now: read.now };
          const { leaderEpoch, checkpoint } = header;
          const own = { leaderEpoch, attempt: attempt?.attempt ?? 0, checkpoint };
          connection.send(encodeMessage('stateRead', own, body));
        };
        if (attempt?.attempt !== header.attempt) answer({ error: 'not-running' });
        else attempt.readState(operator, subtask, { state, key, answer });
      },
    };
    connection.onReceive((bytes) => {
      openMessage(bytes).deliver(handlers, undefined);
    });
  });
}
