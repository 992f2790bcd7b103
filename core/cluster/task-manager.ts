/**
 * A task manager: keeps a connection to the job manager, deploys the tasks of an attempt, passes letters in and
 * reports out.
 *
 * What a task reports while the connection is down waits in an outbox and goes out after the next registration; the
 * job manager drops what is out of date by leader epoch and attempt. Tasks go on without a job manager for
 * `heartbeatTimeoutMs`, then they are cancelled.
 */
import type { JobSpec } from '../job/spec.ts';
import { assert, IoError } from '../errors.ts';
import { physicalGraph } from '../graph/physical.ts';
import type { Parts } from '../parts.ts';
import type { Address, Connection, Ports, Timer } from '../ports.ts';
import { optionsFromBody } from '../channels/barrier-codec.ts';
import { DataPlane } from '../task/data-plane.ts';
import { Task } from '../task/task.ts';
import type { Letter, TaskReports } from '../task/task-env.ts';
import { type Coroutine, Deferred, type Scope } from '../waiting.ts';
import { checkJobConfig, type JobConfig } from '../config.ts';
import {
  type Body,
  encodeMessage,
  type KindsTo,
  type MessageHandlers,
  type MessageHeader,
  openMessage,
} from '../messages.ts';

/** Where a task manager finds its job manager. */
export interface TaskManagerOptions {
  readonly jobManager: Address;
}

/** Starts a task manager in this process. */
export function createTaskManager(
  ports: Ports,
  job: JobSpec,
  config: JobConfig,
  parts: Parts,
  options: TaskManagerOptions,
): TaskManager {
  checkJobConfig(config);
  return new TaskManager(ports, job, config, parts, options);
}

interface Running {
  readonly attempt: number;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly scope: Scope;
}

export class TaskManager {
  readonly #ports: Ports;
  readonly #job: JobSpec;
  readonly #config: JobConfig;
  readonly #parts: Parts;
  readonly #options: TaskManagerOptions;
  readonly #data: DataPlane;
  readonly #handlers: MessageHandlers<'taskManager'>;
  #leaderEpoch = 0;
  #running: Running | undefined;
  #connection: Connection | undefined;
  #lastHeard = 0;
  #outbox: Uint8Array[] = [];
  #orphanTimer: Timer | undefined;

  constructor(ports: Ports, job: JobSpec, config: JobConfig, parts: Parts, options: TaskManagerOptions) {
    this.#ports = ports;
    this.#job = job;
    this.#config = config;
    this.#parts = parts;
    this.#options = options;
    this.#data = new DataPlane(ports, config);
    this.#handlers = this.#messageHandlers();
    ports.scope.spawn('connection to the job manager', this.#stayConnected());
  }

  /** What each task waits for: for the wait-for explanation. */
  waiting(): readonly string[] {
    const lines: string[] = [];
    for (const task of this.#running?.tasks.values() ?? []) {
      const what = task.waitsFor;
      if (what !== undefined) lines.push(`${task.id.vertex}[${task.id.subtask}] waits for ${what}`);
    }
    return lines;
  }

  // ---- connection

  *#stayConnected(): Coroutine<void> {
    const { clock, self } = this.#ports;
    for (;;) {
      const connection = yield* this.#tryConnect();
      if (connection !== undefined) {
        const closed = new Deferred<void>('loss of the connection to the job manager');
        connection.onReceive((bytes) => {
          this.#lastHeard = clock.monotonic();
          openMessage(bytes).deliver(this.#handlers, undefined);
        });
        connection.onClosed(() => {
          if (!closed.settled) closed.resolve();
        });
        this.#connection = connection;
        this.#lastHeard = clock.monotonic();
        const { host, process, incarnation } = self;
        const slots = this.#config.slotsPerTaskManager;
        this.#send('register', this.#header(-1), { taskManager: process, host, incarnation, slots });
        const heartbeat = this.#startHeartbeat(connection, closed);
        yield* closed;
        heartbeat.stop();
        this.#connection = undefined;
        this.#armOrphanTimer();
      }
      yield* clock.sleep(this.#config.reconnectMs);
    }
  }

  *#tryConnect(): Coroutine<Connection | undefined> {
    try {
      return yield* this.#ports.network.connect(this.#options.jobManager);
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
      this.#send('heartbeat', this.#header(-1), {});
      timer = clock.timer(this.#config.heartbeatIntervalMs, beat);
    };
    timer = clock.timer(this.#config.heartbeatIntervalMs, beat);
    return {
      stop: () => {
        timer?.cancel();
      },
    };
  }

  /** Without a job manager for too long, the tasks are nobody's. */
  #armOrphanTimer(): void {
    this.#orphanTimer?.cancel();
    this.#orphanTimer = this.#ports.clock.timer(this.#config.heartbeatTimeoutMs, () => {
      this.#cancelAttempt();
    });
  }

  #header(checkpoint: number, attempt = this.#running?.attempt ?? 0): MessageHeader {
    return { leaderEpoch: this.#leaderEpoch, attempt, checkpoint };
  }

  #send<K extends KindsTo<'jobManager'>>(kind: K, header: MessageHeader, body: Body<K>): void {
    this.#connection?.send(encodeMessage(kind, header, body));
  }

  /** Sent now, or after the next registration. */
  #report<K extends KindsTo<'attempt'>>(kind: K, header: MessageHeader, body: Body<K>): void {
    const bytes = encodeMessage(kind, header, body);
    if (this.#connection === undefined || this.#outbox.length > 0) this.#outbox.push(bytes);
    else this.#connection.send(bytes);
  }

  // ---- messages of the job manager

  #messageHandlers(): MessageHandlers<'taskManager'> {
    return {
      heartbeat: () => undefined,
      registered: (header) => {
        this.#onRegistered(header);
      },
      deploy: (header, body) => {
        if (header.leaderEpoch < this.#leaderEpoch) return;
        this.#deploy(header, body);
      },
      cancel: (header) => {
        if (header.leaderEpoch < this.#leaderEpoch || (this.#running?.attempt ?? 0) > header.attempt) return;
        this.#cancelAttempt();
        this.#report('attemptCancelled', this.#header(-1, header.attempt), {});
      },
      trigger: (header, body) => {
        const options = optionsFromBody(body.options);
        for (const { vertex, subtask } of body.tasks) {
          if (header.leaderEpoch !== this.#leaderEpoch || header.attempt !== this.#running?.attempt) return;
          this.#running.tasks
            .get(taskKey(vertex, subtask))
            ?.post({ kind: 'trigger', checkpoint: header.checkpoint, triggeredAt: body.triggeredAt, options });
        }
      },
      notifyComplete: (header) => {
        this.#toAll(header, { kind: 'notify-complete', checkpoint: header.checkpoint });
      },
      notifyAborted: (header, body) => {
        this.#toAll(header, {
          kind: 'notify-aborted',
          checkpoint: header.checkpoint,
          latestCompleted: body.latestCompleted,
        });
      },
      addSplits: (header, body) => {
        this.#toTask(header, body.source, body.subtask, { kind: 'add-splits', splits: body.splits });
      },
      noMoreSplits: (header, body) => {
        this.#toTask(header, body.source, body.subtask, { kind: 'no-more-splits' });
      },
    };
  }

  #onRegistered(header: MessageHeader): void {
    this.#orphanTimer?.cancel();
    this.#orphanTimer = undefined;
    const outdated = header.leaderEpoch > this.#leaderEpoch || header.attempt > (this.#running?.attempt ?? 0);
    const outbox = this.#outbox;
    this.#outbox = [];
    for (const bytes of outbox) this.#connection?.send(bytes);
    if (outdated) this.#cancelAttempt();
    this.#leaderEpoch = header.leaderEpoch;
  }

  #forEachTask(header: MessageHeader, action: (task: Task) => void): void {
    if (header.leaderEpoch !== this.#leaderEpoch || header.attempt !== this.#running?.attempt) return;
    for (const task of this.#running.tasks.values()) action(task);
  }

  #toAll(header: MessageHeader, letter: Letter): void {
    this.#forEachTask(header, (task) => {
      task.post(letter);
    });
  }

  #toTask(header: MessageHeader, vertex: string, subtask: number, letter: Letter): void {
    if (header.leaderEpoch !== this.#leaderEpoch || header.attempt !== this.#running?.attempt) return;
    const task = this.#running.tasks.get(taskKey(vertex, subtask));
    assert(task !== undefined, () => `a ${letter.kind} letter for ${vertex}[${subtask}], which is not here`);
    task.post(letter);
  }

  // ---- attempts

  #deploy(header: MessageHeader, body: Body<'deploy'>): void {
    this.#cancelAttempt();
    this.#leaderEpoch = header.leaderEpoch;
    const { attempt } = header;
    const scope = this.#ports.scope.child(`attempt ${attempt}`, (error) => {
      throw error;
    });
    const graph = physicalGraph(this.#job, body.parallelism);
    const tasks = new Map<string, Task>();
    for (const { vertex, subtask, restore } of body.tasks) {
      const task = new Task({
        ports: this.#ports,
        parts: this.#parts,
        job: this.#job,
        config: this.#config,
        graph,
        vertex: graph.vertex(vertex),
        task: { vertex, subtask, attempt },
        restoredFrom: body.restoredFrom < 0 ? undefined : body.restoredFrom,
        restore,
        ownersMax: body.ownersMax,
        scope,
        reports: this.#reportsOf(attempt, vertex, subtask),
      });
      tasks.set(taskKey(vertex, subtask), task);
    }
    this.#running = { attempt, tasks, scope };
    this.#data.attach({
      attempt,
      tasks: [...tasks.values()],
      scope,
      senderHost: (channel) => {
        const host = body.slotHosts[channel.sender];
        assert(host !== undefined, () => `no slot ${channel.sender} in the deployment`);
        return host;
      },
      typeOf: (edge) => {
        const spec = this.#job.edges[edge];
        assert(spec !== undefined, () => `the job has no edge ${edge}`);
        return spec.type;
      },
    });
    for (const task of tasks.values()) task.start();
  }

  #cancelAttempt(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#data.detach();
    for (const task of running.tasks.values()) task.cancel();
    running.scope.cancel();
  }

  #reportsOf(attempt: number, vertex: string, subtask: number): TaskReports {
    const name = { vertex, subtask };
    return {
      running: () => {
        this.#report('taskRunning', this.#header(-1, attempt), name);
      },
      acknowledge: (checkpoint, snapshot, metrics) => {
        this.#report('acknowledge', this.#header(checkpoint, attempt), { ...name, snapshot, metrics });
      },
      decline: (checkpoint, reason, message) => {
        this.#report('decline', this.#header(checkpoint, attempt), { ...name, reason, message });
      },
      failed: (message) => {
        this.#report('taskFailed', this.#header(-1, attempt), { ...name, message });
      },
      dataFinished: () => {
        this.#report('dataFinished', this.#header(-1, attempt), name);
      },
      finished: () => {
        this.#report('taskFinished', this.#header(-1, attempt), name);
      },
    };
  }
}

function taskKey(vertex: string, subtask: number): string {
  return `${vertex}[${subtask}]`;
}
