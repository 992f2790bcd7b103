import { expect, it } from 'vitest';
import { makeUniverse } from '../../sim/testing/make-universe.ts';
import { CompletedStore } from '../checkpoint/storage/completed-store.ts';
import { DEFAULT_JOB_CONFIG } from '../config.ts';
import { type Body, encodeMessage, type KindsTo, openMessage } from '../messages.ts';
import type { Connection, Ports } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';
import { Attempt, type AttemptEnd } from './attempt.ts';
import { placeSlots, type Registration } from './placement.ts';
import { twoVertices } from './testing/two-vertices.ts';

/** An attempt of `source -> sink` with parallelism 1, on the slots of "tm1"; the test plays the task manager. */
class Stand {
  readonly lines: string[] = [];
  readonly attempt: Attempt;
  readonly taskManager: Registration;
  readonly #ports: Ports;

  constructor(ports: Ports, leaderEpoch: number, intervalMs: number, restartOnJobFaults: boolean) {
    this.#ports = ports;
    const checkpointing = { ...DEFAULT_JOB_CONFIG.checkpointing, intervalMs };
    this.taskManager = { taskManager: 'tm1', host: 'host', slots: 1, connection: this.#connection(), lastHeard: 0 };
    this.attempt = new Attempt({
      ports,
      job: twoVertices,
      config: { ...DEFAULT_JOB_CONFIG, checkpointing, restartOnJobFaults },
      leaderEpoch,
      scale: { parallelism: 1, vertices: new Map() },
      store: new CompletedStore(ports.ha, 'job'),
      allowNonRestoredState: false,
      slots: { count: 1, taskManagers: [], take: (needed) => this.#slots(needed), settled: settledAtOnce },
      deployed: () => undefined,
    });
    ports.scope.spawn('run', this.#run());
  }

  at(ms: number, act: () => void): void {
    this.#ports.clock.timer(ms - this.#ports.clock.monotonic(), act);
  }

  /** As if the task manager had sent it, about the current attempt. */
  says<K extends KindsTo<'attempt'>>(kind: K, body: Body<K>): void {
    const header = { leaderEpoch: 1, attempt: this.attempt.number, checkpoint: -1 };
    openMessage(encodeMessage(kind, header, body)).deliver(this.attempt.handlers, this.taskManager);
  }
  bothSay(kind: 'taskRunning' | 'dataFinished' | 'taskFinished'): void {
    this.says(kind, { vertex: 'source', subtask: 0 });
    this.says(kind, { vertex: 'sink', subtask: 0 });
  }

  *#run(): Coroutine<void> {
    this.lines.push(describe(yield* this.attempt.run()));
  }

  *#slots(needed: number): Coroutine<ReturnType<typeof placeSlots>> {
    yield* this.#ports.clock.sleep(1);
    return placeSlots([this.taskManager], needed);
  }

  /** Notes what is sent. */
  #connection(): Connection {
    return {
      send: (bytes) => {
        this.lines.push(`-> ${openMessage(bytes).kind}`);
      },
      onReceive: () => undefined,
      onClosed: () => undefined,
      close: () => undefined,
    };
  }
}

function* settledAtOnce(): Coroutine<number> {
  return 1;
}

function describe({ attempt, end }: AttemptEnd): string {
  return end.kind === 'failed' || end.kind === 'fatal' ? `${end.kind} ${attempt}: ${end.message}` : end.kind;
}

/** Plays a second. The attempt is deployed at about 30 ms. */
function play(
  script: (stand: Stand) => void,
  options: {
    readonly leaderEpochs?: readonly number[];
    readonly intervalMs?: number;
    readonly restartOnJobFaults?: boolean;
  } = {},
): readonly string[] {
  const universe = makeUniverse();
  const stands: Stand[] = [];
  universe.launch('host', 'jobmanager', (ports) => {
    (options.leaderEpochs ?? [1]).forEach((leaderEpoch, index) => {
      ports.clock.timer(index * 200, () => {
        const stand = new Stand(ports, leaderEpoch, options.intervalMs ?? 0, options.restartOnJobFaults ?? false);
        stands.push(stand);
        script(stand);
      });
    });
  });
  universe.run(1_000_000);
  expect(universe.crashes).toEqual([]);
  return stands.flatMap(({ lines }) => lines);
}

it('is deployed, runs once all tasks run, and only then takes checkpoints', () => {
  const before: (readonly string[])[] = [];
  const lines = play(
    (stand) => {
      stand.at(100, () => {
        stand.says('taskRunning', { vertex: 'source', subtask: 0 });
        before.push(stand.attempt.waiting());
      });
      stand.at(300, () => {
        stand.says('taskRunning', { vertex: 'sink', subtask: 0 });
        before.push(stand.attempt.waiting(), [...stand.lines]);
      });
    },
    { intervalMs: 400 },
  );
  expect(before).toEqual([['attempt 1 waits for sink[0] to run'], [], ['-> deploy']]);
  expect(lines).toEqual(['-> deploy', '-> trigger']);
});

it('a slot that is not there cannot be placed', () => {
  expect(() => placeSlots([], 1)).toThrow(/there are no 1 slots/);
});

it('a failed task ends the attempt, but only once its task managers have cancelled all of it', () => {
  const cancelledBy: (readonly string[])[] = [];
  const lines = play((stand) => {
    stand.at(100, () => {
      stand.bothSay('taskRunning');
      stand.says('taskFailed', { vertex: 'sink', subtask: 0, message: 'boom' });
    });
    stand.at(400, () => {
      cancelledBy.push([...stand.lines]);
      stand.says('attemptCancelled', {});
    });
  });
  expect(cancelledBy).toEqual([['-> deploy', '-> cancel']]);
  expect(lines).toEqual(['-> deploy', '-> cancel', 'failed 1: sink[0] failed: boom']);
});

it.each([
  { restartOnJobFaults: false, ended: 'fatal 1' },
  { restartOnJobFaults: true, ended: 'failed 1' },
])(
  'a mistake of the job is fatal, unless the job is to restart for it: $restartOnJobFaults',
  ({ ended, ...options }) => {
    const lines = play((stand) => {
      stand.at(100, () => {
        stand.says('jobFault', { vertex: 'sink', subtask: 0, operator: 'tail', message: 'the map function threw' });
        stand.says('attemptCancelled', {});
      });
    }, options);
    expect(lines.at(-1)).toBe(`${ended}: sink[0] failed: the map function threw`);
  },
);

it('a lost task manager ends the attempt, and is not waited for', () => {
  const lines = play((stand) => {
    stand.at(100, () => {
      stand.attempt.onLost(stand.taskManager, 'its connection closed');
    });
  });
  expect(lines).toEqual(['-> deploy', 'failed 1: tm1 is lost: its connection closed']);
});

it('no task has input left: the final checkpoint is triggered at once, and the end of all tasks is that of the attempt', () => {
  const lines = play((stand) => {
    stand.at(100, () => {
      stand.bothSay('taskRunning');
      stand.says('dataFinished', { vertex: 'source', subtask: 0 });
      expect(stand.lines).toEqual(['-> deploy']);
      stand.says('dataFinished', { vertex: 'sink', subtask: 0 });
      expect(stand.lines).toEqual(['-> deploy', '-> trigger']);
      stand.bothSay('taskFinished');
    });
  });
  expect(lines.at(-1)).toBe('finished');
});

it('a report that comes twice counts once', () => {
  const lines = play((stand) => {
    stand.at(100, () => {
      for (const kind of ['taskRunning', 'taskFinished'] as const) {
        stand.says(kind, { vertex: 'source', subtask: 0 });
        stand.says(kind, { vertex: 'source', subtask: 0 });
      }
    });
  });
  expect(lines).toEqual(['-> deploy']);
});

it('there is no savepoint of an attempt that is not deployed, or is over', () => {
  const answers: (string | undefined)[] = [];
  play((stand) => {
    answers.push(stand.attempt.savepoint('savepoint'));
    stand.at(100, () => {
      answers.push(stand.attempt.savepoint('savepoint'));
      stand.attempt.fail('enough');
      answers.push(stand.attempt.savepoint('savepoint'));
    });
  });
  expect(answers).toEqual(['no attempt of the job is under way', undefined, 'no attempt of the job is under way']);
});

it('numbers rise over leaders, and a former leader starts no attempt any more', () => {
  const stands: Stand[] = [];
  const lines = play(
    (stand) => {
      stands.push(stand);
    },
    { leaderEpochs: [1, 2, 1] },
  );
  expect(stands.map(({ attempt }) => attempt.number)).toEqual([1, 2, 0]);
  expect(lines).toEqual(['-> deploy', '-> deploy', 'failed 0: a later leader has taken over']);
});
