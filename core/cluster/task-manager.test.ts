import { expect, it } from 'vitest';
import { makeUniverse } from '../../sim/testing/make-universe.ts';
import { defineJob, int32, logSink, logSource, noWatermarks } from '../api/index.ts';
import { restoreOf } from '../checkpoint/restore/redistribution.ts';
import { DEFAULT_JOB_CONFIG, type JobConfig } from '../config.ts';
import { physicalGraph } from '../graph/physical.ts';
import {
  type Body,
  encodeMessage,
  type KindsTo,
  type MessageHandlers,
  type MessageHeader,
  openMessage,
} from '../messages.ts';
import { defaultParts } from '../parts.ts';
import type { Connection, Ports } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';
import { CONTROL_SERVICE } from './job-manager.ts';
import { createTaskManager, type TaskManager } from './task-manager.ts';

const job = defineJob('job', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: int32 }), {
      uid: 'source',
      watermarks: noWatermarks({ timestamp: () => 0 }),
    })
    .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'sink' });
});
const graph = physicalGraph(job, 1);

/** The test plays the job manager: notes what it is sent, and sends what it likes. */
class FakeJobManager {
  readonly lines: string[] = [];
  readonly #ports: Ports;
  #connection: Connection | undefined;

  /** `epoch`: the leader epoch at a registration; undefined: it does not answer registrations. */
  constructor(ports: Ports, epoch: () => number | undefined) {
    this.#ports = ports;
    ports.network.listen(CONTROL_SERVICE, (connection) => {
      this.#connection = connection;
      const handlers = this.#handlers(connection, epoch);
      connection.onReceive((bytes) => {
        openMessage(bytes).deliver(handlers, undefined);
      });
    });
  }

  get wallClock(): number {
    return this.#ports.clock.now();
  }

  at(ms: number, act: () => void): void {
    this.#ports.clock.timer(ms - this.#ports.clock.monotonic(), act);
  }

  send<K extends KindsTo<'taskManager'>>(kind: K, header: Partial<MessageHeader>, body: Body<K>): void {
    const full = { leaderEpoch: 1, attempt: 1, checkpoint: -1, ...header };
    this.#connection?.send(encodeMessage(kind, full, body));
  }
  deploy(attempt: number, leaderEpoch = 1): void {
    const tasks = graph.vertices.flatMap((vertex) =>
      restoreOf(vertex, undefined, graph).map((restore, subtask) => ({ vertex: vertex.uid, subtask, restore })),
    );
    const body = { parallelism: 1, scaled: [], restoredFrom: -1, ownersMax: 1, slotHosts: ['host'], tasks };
    this.send('deploy', { attempt, leaderEpoch }, body);
  }
  /** Loses the connection; the task manager makes another one. */
  close(): void {
    this.#connection?.close();
  }

  #handlers(connection: Connection, epoch: () => number | undefined): MessageHandlers<'jobManager' | 'attempt'> {
    const note =
      (kind: string) =>
      ({ attempt }: MessageHeader): void => {
        this.lines.push(`${kind} ${attempt}`);
      };
    return {
      lookUp: note('lookUp'),
      register: (_, { taskManager, slots }) => {
        this.lines.push(`register ${taskManager} with ${slots} slots`);
        const leaderEpoch = epoch();
        if (leaderEpoch === undefined) return;
        connection.send(encodeMessage('registered', { leaderEpoch, attempt: 0, checkpoint: -1 }, {}));
      },
      heartbeat: (header) => {
        connection.send(encodeMessage('heartbeat', header, {}));
      },
      taskRunning: note('taskRunning'),
      acknowledge: note('acknowledge'),
      decline: note('decline'),
      taskFailed: (_, { message }) => {
        this.lines.push(`taskFailed: ${message}`);
      },
      jobFault: (_, { operator, message }) => {
        this.lines.push(`jobFault of ${operator}: ${message}`);
      },
      dataFinished: note('dataFinished'),
      taskFinished: note('taskFinished'),
      attemptCancelled: note('attemptCancelled'),
      watermarkReport: note('watermarkReport'),
    };
  }
}

/** What is on the host when the task manager starts: of two attempts, a copy, something sorted and a file of state. */
const KINDS = ['local', 'sort', 'state'];
const LEFT = KINDS.flatMap((kind) => [1, 2].map((attempt) => `${kind}/job/${attempt}-sum-0.1`));

interface Played {
  /** What of it is there at the end. */
  readonly left: readonly string[];
  readonly lines: readonly string[];
  /** Tasks that were cancelled, in order. */
  readonly cancelled: readonly string[];
}

/** Plays two seconds of a task manager "tm" with one slot. It is registered within 50 ms. */
function play(
  script: (jobManager: FakeJobManager) => void,
  epoch: () => number | undefined = () => 1,
  changes: Partial<JobConfig> = {},
): Played {
  const cancelled: string[] = [];
  let lines: readonly string[] = [];
  const universe = makeUniverse({
    listeners: [
      {
        taskCancelled: ({ task }) => {
          cancelled.push(`${task.vertex}[${task.subtask}] of ${task.attempt}`);
        },
      },
    ],
  });
  universe.broker.createTopic('out', 1);
  universe.launch('jobmanager', 'jobmanager', (ports) => {
    const jobManager = new FakeJobManager(ports, epoch);
    lines = jobManager.lines;
    script(jobManager);
  });
  const taskManagers: TaskManager[] = [];
  const left: string[] = [];
  universe.launch('host', 'tm', (ports) => {
    const { disk, clock } = ports;
    for (const path of LEFT) disk.append(path, new Uint8Array(1));
    const look = function* (): Coroutine<void> {
      yield* clock.sleep(1_900);
      for (const directory of KINDS.map((kind) => `${kind}/job`))
        left.push(...(yield* disk.list(directory)).map((name) => `${directory}/${name}`));
    };
    ports.scope.spawn('look', look());
    const config = { ...DEFAULT_JOB_CONFIG, slotsPerTaskManager: 1, heartbeatTimeoutMs: 1_000, ...changes };
    const options = { jobManager: { host: 'jobmanager', service: CONTROL_SERVICE } };
    taskManagers.push(createTaskManager(ports, job, config, defaultParts, options));
  });
  universe.run(2_000_000);
  expect(universe.crashes).toEqual([]);
  return { lines, cancelled, left };
}

it('registers with its slots, and again after its connection was lost', () => {
  const { lines } = play((jobManager) => {
    jobManager.at(100, () => {
      jobManager.close();
    });
  });
  expect(lines).toEqual(['register tm with 1 slots', 'register tm with 1 slots']);
});

it('deploys the tasks of an attempt, which report that they run', () => {
  const { lines, cancelled } = play((jobManager) => {
    jobManager.at(100, () => {
      jobManager.deploy(1);
    });
  });
  expect(lines.slice(1)).toEqual(['taskRunning 1']);
  expect(cancelled).toEqual([]);
});

it('cancels what runs, and confirms; what is older than what runs is not cancelled', () => {
  const { lines, cancelled } = play((jobManager) => {
    jobManager.at(100, () => {
      jobManager.deploy(2);
    });
    jobManager.at(200, () => {
      jobManager.send('cancel', { attempt: 1 }, {});
    });
    jobManager.at(300, () => {
      expect(jobManager.lines.slice(1)).toEqual(['taskRunning 2']);
      jobManager.send('cancel', { attempt: 2 }, {});
    });
  });
  expect(lines.slice(2)).toEqual(['attemptCancelled 2']);
  expect(cancelled).toEqual(['source[0] of 2']);
});

it('what a job that has ended has left goes; an attempt that is later than the end stays what it is', () => {
  const { left, cancelled } = play((jobManager) => {
    jobManager.at(100, () => {
      jobManager.deploy(1);
    });
    jobManager.at(200, () => {
      jobManager.send('release', { attempt: 1 }, {});
    });
  });
  expect(left).toEqual([]);
  expect(cancelled).toEqual(['source[0] of 1']);
  const untouched = play((jobManager) => {
    jobManager.at(100, () => {
      jobManager.deploy(2);
    });
    jobManager.at(200, () => {
      jobManager.send('release', { attempt: 1 }, {});
    });
  });
  expect(untouched).toMatchObject({ left: LEFT, cancelled: [] });
});

it('what tasks of earlier attempts have left goes when the next one is deployed, of each kind that the job keeps', () => {
  const left = (changes: Partial<JobConfig>) =>
    play(
      (jobManager) => {
        jobManager.at(100, () => {
          jobManager.deploy(2);
        });
      },
      undefined,
      changes,
    ).left;
  expect(left({})).toEqual(LEFT);
  expect(left({ stateBackend: 'lsm' })).toEqual(LEFT.filter((path) => path !== 'state/job/1-sum-0.1'));
  expect(left({ localRecovery: true })).toEqual(LEFT.filter((path) => path !== 'local/job/1-sum-0.1'));
});

it('what tasks of earlier attempts have left goes when a stage is deployed, whichever they were of', () => {
  const { left } = play(
    (jobManager) => {
      jobManager.at(100, () => {
        const body = { parallelism: 1, stage: 'source', subtasks: [0], ownersMax: 1, inputs: [] };
        jobManager.send('deployStage', { attempt: 2 }, body);
      });
    },
    undefined,
    { executionMode: 'batch' },
  );
  expect(left).toEqual(LEFT.filter((path) => path.startsWith('local/') || path.includes('/2-')));
});

it('a new attempt ends the one that runs; a former leader deploys and cancels nothing', () => {
  const { lines, cancelled } = play(
    (jobManager) => {
      jobManager.at(100, () => {
        jobManager.deploy(1, 2);
      });
      jobManager.at(200, () => {
        jobManager.deploy(9, 1);
        jobManager.send('cancel', { attempt: 9, leaderEpoch: 1 }, {});
      });
      jobManager.at(300, () => {
        expect(jobManager.lines.slice(1)).toEqual(['taskRunning 1']);
        jobManager.deploy(2, 2);
      });
    },
    () => 2,
  );
  expect(lines.slice(1)).toEqual(['taskRunning 1', 'taskRunning 2']);
  expect(cancelled).toEqual(['source[0] of 1']);
});

it('a trigger of the attempt reaches its task; one of another attempt is dropped', () => {
  const { lines } = play((jobManager) => {
    const options = { alignment: 1, timeoutMs: 0, kind: 0 };
    const tasks = [{ vertex: 'source', subtask: 0 }];
    const body = () => ({ triggeredAt: jobManager.wallClock, options, tasks });
    jobManager.at(100, () => {
      jobManager.deploy(1);
    });
    jobManager.at(200, () => {
      jobManager.send('trigger', { attempt: 7, checkpoint: 1 }, body());
    });
    jobManager.at(300, () => {
      expect(jobManager.lines.slice(1)).toEqual(['taskRunning 1']);
      jobManager.send('trigger', { checkpoint: 1 }, body());
    });
  });
  expect(lines.slice(2)).toEqual(['acknowledge 1']);
});

it('what tasks report without a connection is sent once the registration is confirmed', () => {
  let connected = true;
  const { lines } = play(
    (jobManager) => {
      jobManager.at(100, () => {
        connected = false;
        jobManager.deploy(1);
        // Arrives, and then the connection is gone before the task runs.
        jobManager.at(100.3, () => {
          jobManager.close();
        });
      });
      jobManager.at(300, () => {
        expect(jobManager.lines.slice(1)).toEqual(['register tm with 1 slots']);
        jobManager.send('registered', {}, {});
      });
    },
    () => (connected ? 1 : undefined),
  );
  expect(lines.slice(2)).toEqual(['taskRunning 1']);
});

it('without a job manager for the heartbeat timeout the tasks are cancelled', () => {
  let leads = true;
  const { cancelled } = play(
    (jobManager) => {
      jobManager.at(100, () => {
        jobManager.deploy(1);
      });
      jobManager.at(200, () => {
        leads = false;
        jobManager.close();
      });
    },
    () => (leads ? 1 : undefined),
  );
  expect(cancelled).toEqual(['source[0] of 1']);
});
