/** A task manager that runs nothing: it registers, plays the reports of its tasks, and notes what it is sent. */
import {
  type Body,
  encodeMessage,
  type KindsTo,
  type MessageHandlers,
  type MessageHeader,
  openMessage,
} from '../../messages.ts';
import type { Connection, Ports } from '../../ports.ts';
import type { Coroutine } from '../../waiting.ts';
import { CONTROL_SERVICE } from '../job-manager.ts';

export interface FakeBehaviour {
  readonly slots: number;
  /** Registers at this time; 0 by default. */
  readonly atMs?: number;
  /** No heartbeat after this time; its connection stays open. */
  readonly silentFromMs?: number;
  /** Registers once more at this time, by a connection of its own. */
  readonly againAtMs?: number;
  /** What its tasks do when they are deployed: run, nothing, fail, or run and finish. */
  readonly tasks?: 'run' | 'hang' | 'fail' | 'finish';
  /** Cancellation takes so long. */
  readonly cancelMs?: number;
  /** The reports of its tasks name this attempt. */
  readonly reportsAs?: number;
}

const HEARTBEAT_MS = 500;

export class FakeTaskManager {
  readonly #ports: Ports;
  readonly #behaviour: FakeBehaviour;
  readonly #say: (line: string) => void;

  constructor(ports: Ports, behaviour: FakeBehaviour, say: (line: string) => void) {
    this.#ports = ports;
    this.#behaviour = behaviour;
    this.#say = say;
    ports.scope.spawn('fake task manager', this.#run());
  }

  *#run(): Coroutine<void> {
    const { atMs = 0, againAtMs } = this.#behaviour;
    const { clock } = this.#ports;
    // The job manager listens once it leads.
    yield* clock.sleep(Math.max(atMs, 10));
    yield* this.#register();
    if (againAtMs === undefined) return;
    yield* clock.sleep(againAtMs - clock.monotonic());
    yield* this.#register();
  }

  *#register(): Coroutine<void> {
    const { network, self } = this.#ports;
    const connection = yield* network.connect({ host: 'jobmanager', service: CONTROL_SERVICE });
    const handlers = this.#handlers(connection);
    connection.onReceive((bytes) => {
      openMessage(bytes).deliver(handlers, undefined);
    });
    const body = { taskManager: self.process, host: self.host, incarnation: 1, slots: this.#behaviour.slots };
    send(connection, 'register', { leaderEpoch: 0, attempt: 0, checkpoint: -1 }, body);
    this.#beat(connection);
  }

  #beat(connection: Connection): void {
    const { clock } = this.#ports;
    clock.timer(HEARTBEAT_MS, () => {
      if (clock.monotonic() >= (this.#behaviour.silentFromMs ?? Infinity)) return;
      send(connection, 'heartbeat', { leaderEpoch: 0, attempt: 0, checkpoint: -1 }, {});
      this.#beat(connection);
    });
  }

  #handlers(connection: Connection): MessageHandlers<'taskManager'> {
    const quiet = (): void => undefined;
    return {
      registered: quiet,
      heartbeat: quiet,
      deployStage: () => undefined,
      deploy: (header, { tasks }) => {
        this.#deploy(connection, header, tasks, '');
      },
      deployAdopting: (header, { tasks, keyGroups }) => {
        const numbers = keyGroups.map(({ vertex, maxParallelism }) => `${vertex}/${maxParallelism}`);
        this.#deploy(connection, header, tasks, ` with ${numbers.join(' ')}`);
      },
      cancel: (header) => {
        this.#say(`cancel ${header.attempt}`);
        this.#ports.clock.timer(this.#behaviour.cancelMs ?? 0, () => {
          send(connection, 'attemptCancelled', header, {});
        });
      },
      release: (header) => {
        this.#say(`release ${header.attempt}`);
      },
      trigger: quiet,
      notifyComplete: quiet,
      notifyAborted: quiet,
      addSplits: quiet,
      noMoreSplits: quiet,
      alignmentLimit: quiet,
    };
  }

  #deploy(connection: Connection, header: MessageHeader, tasks: Body<'deploy'>['tasks'], more: string): void {
    const names = tasks.map(({ vertex, subtask }) => `${vertex}[${subtask}]`);
    this.#say(`deploy ${header.attempt}: ${names.join(' ')}${more}`);
    this.#play(connection, header, tasks);
  }

  #play(connection: Connection, header: MessageHeader, tasks: Body<'deploy'>['tasks']): void {
    const { tasks: how = 'run', reportsAs = header.attempt } = this.#behaviour;
    const own = { ...header, attempt: reportsAs };
    for (const { vertex, subtask } of tasks) {
      const name = { vertex, subtask };
      if (how === 'run' || how === 'finish') send(connection, 'taskRunning', own, name);
      if (how === 'fail') send(connection, 'taskFailed', own, { ...name, message: 'boom' });
      if (how === 'finish') send(connection, 'taskFinished', own, name);
    }
  }
}

function send<K extends KindsTo<'jobManager' | 'attempt'>>(
  connection: Connection,
  kind: K,
  header: MessageHeader,
  body: Body<K>,
): void {
  connection.send(encodeMessage(kind, header, body));
}
