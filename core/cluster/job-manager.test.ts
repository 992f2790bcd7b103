import { expect, it } from 'vitest';
import { makeUniverse } from '../../sim/testing/make-universe.ts';
import { DEFAULT_JOB_CONFIG, type JobConfig } from '../config.ts';
import { defaultParts } from '../parts.ts';
import { fixedDelay } from './testing/fixed-delay.ts';
import { createJobManager, type JobManager, type JobManagerOptions } from './job-manager.ts';
import { type FakeBehaviour, FakeTaskManager } from './testing/fake-task-manager.ts';
import { twoVertices } from './testing/two-vertices.ts';

interface Setting extends JobManagerOptions {
  readonly taskManagers: Readonly<Record<string, FakeBehaviour>>;
  readonly config?: Partial<JobConfig>;
  readonly untilMs?: number;
  /** Called once at 1,000 ms. */
  readonly act?: (jobManager: JobManager) => void;
  /** The job manager's session with the HA store ends at this time. */
  readonly leaderLostAtMs?: number;
}

/** Plays a job manager with task managers that run nothing. What it says of the job, and what they are sent, line by line. */
function play(setting: Setting): { readonly lines: readonly string[]; readonly waits: readonly string[] } {
  const lines: string[] = [];
  const universe = makeUniverse({
    listeners: [
      {
        attemptStarting: ({ attempt, parallelism }) => {
          lines.push(`starting ${attempt} with parallelism ${parallelism.get('source')}`);
        },
        attemptRunning: ({ attempt }) => {
          lines.push(`running ${attempt}`);
        },
        attemptFailed: ({ attempt, message }) => {
          lines.push(`failed ${attempt}: ${message}`);
        },
        jobEnded: ({ status, message }) => {
          lines.push(`job ${status} ${message}`.trim());
        },
      },
    ],
  });
  const config = { ...DEFAULT_JOB_CONFIG, ...setting.config };
  const parts = { ...defaultParts, restartStrategy: () => fixedDelay(20, 2) };
  universe.launch('jobmanager', 'jobmanager', (ports) => {
    const jobManager = createJobManager(ports, twoVertices, config, parts, setting);
    ports.clock.timer(1_000, () => setting.act?.(jobManager));
  });
  for (const [name, behaviour] of Object.entries(setting.taskManagers)) {
    universe.launch(name, name, (ports) => {
      new FakeTaskManager(ports, behaviour, (line) => {
        lines.push(`${name}: ${line}`);
      });
    });
  }
  if (setting.leaderLostAtMs !== undefined) {
    universe.run(setting.leaderLostAtMs * 1000);
    universe.ha.loseSession('jobmanager');
  }
  universe.run((setting.untilMs ?? 1_500) * 1000);
  expect(universe.crashes).toEqual([]);
  return { lines, waits: universe.whoWaits() };
}

it('deploys once there are enough slots, and runs once all tasks run', () => {
  const few = play({ taskManagers: { tm1: { slots: 1 } } });
  expect(few.lines).toEqual(['tm1: cancel 0']);
  expect(few.waits.join()).toContain('2 slots (1 are registered)');
  const enough = play({ taskManagers: { tm1: { slots: 1 }, tm2: { slots: 1, atMs: 300 } } });
  expect(enough.lines.slice(2)).toEqual([
    'starting 1 with parallelism 2',
    'tm1: deploy 1: source[0] sink[0]',
    'tm2: deploy 1: source[1] sink[1]',
    'running 1',
  ]);
});

it('a task manager that is silent for longer than the timeout is lost: the attempt fails, and others are cancelled', () => {
  const { lines } = play({
    config: { parallelism: 1, heartbeatTimeoutMs: 1_000 },
    untilMs: 2_500,
    taskManagers: { tm1: { slots: 1, silentFromMs: 0 }, tm2: { slots: 1, atMs: 100 } },
  });
  expect(lines.slice(-5)).toEqual([
    'running 1',
    'failed 1: tm1 is lost: its heartbeats stopped',
    'starting 2 with parallelism 1',
    'tm2: deploy 2: source[0] sink[0]',
    'running 2',
  ]);
});

it('a task manager that registers again has lost what it ran: the attempt fails, and it takes part in the next one', () => {
  const { lines } = play({ config: { parallelism: 1 }, taskManagers: { tm1: { slots: 1, againAtMs: 500 } } });
  expect(lines.slice(3)).toEqual([
    'running 1',
    'failed 1: tm1 is lost: it registered again',
    'tm1: cancel 1',
    'starting 2 with parallelism 1',
    'tm1: deploy 2: source[0] sink[0]',
    'running 2',
  ]);
});

it('the next attempt waits until all tasks of the failed one are cancelled', () => {
  const failing = { slots: 1, tasks: 'fail' } as const;
  const { lines } = play({
    config: { parallelism: 1 },
    untilMs: 450,
    taskManagers: { tm1: { ...failing, cancelMs: 500 } },
  });
  expect(lines.slice(1)).toEqual([
    'starting 1 with parallelism 1',
    'tm1: deploy 1: source[0] sink[0]',
    'failed 1: source[0] failed: boom',
    'tm1: cancel 1',
  ]);
});

it('the restart strategy gives up, and the job fails with the number of attempts and the last reason', () => {
  const { lines } = play({ config: { parallelism: 1 }, taskManagers: { tm1: { slots: 1, tasks: 'fail' } } });
  expect(lines.at(-1)).toBe('job failed 3 attempts in a row failed, the last one so: source[0] failed: boom');
  expect(lines.filter((line) => line.startsWith('starting'))).toHaveLength(3);
});

it('a failure that a restart cannot mend fails the job at once, by name', () => {
  const { lines } = play({ restoreFrom: 'no/such/savepoint', taskManagers: { tm1: { slots: 2 } } });
  expect(lines).toContain('job failed savepoint no/such/savepoint cannot be restored: there is no such object');
  expect(lines.filter((line) => line.startsWith('starting'))).toEqual([]);
});

it('reports of another attempt are dropped', () => {
  const { lines } = play({
    config: { parallelism: 1 },
    taskManagers: { tm1: { slots: 1, tasks: 'fail', reportsAs: 7 } },
  });
  expect(lines.slice(1)).toEqual(['starting 1 with parallelism 1', 'tm1: deploy 1: source[0] sink[0]']);
});

it('all tasks finish: so does the job', () => {
  const { lines } = play({ config: { parallelism: 1 }, taskManagers: { tm1: { slots: 1, tasks: 'finish' } } });
  expect(lines.slice(3)).toEqual(['running 1', 'job finished']);
});

it('a job that has ended has hosts remove what they keep of its state, also those that register only then', () => {
  const taskManagers = { tm1: { slots: 1, tasks: 'finish' }, tm2: { slots: 1, atMs: 900 } } as const;
  const sent = (config: Partial<JobConfig>) =>
    play({ config: { parallelism: 1, ...config }, taskManagers }).lines.filter((line) => line.includes('release'));
  expect(sent({ localRecovery: true })).toEqual(['tm1: release 1', 'tm2: release 1']);
  expect(sent({ stateBackend: 'lsm' })).toEqual(['tm1: release 1', 'tm2: release 1']);
  expect(sent({})).toEqual([]);
});

it('rescale continues at the new parallelism; one that the job cannot have changes nothing', () => {
  let refusal: string | undefined;
  const { lines } = play({
    config: { parallelism: 1 },
    taskManagers: { tm1: { slots: 2 } },
    act: (jobManager) => {
      refusal = jobManager.rescale(9);
      expect(jobManager.rescale(2)).toBeUndefined();
    },
  });
  expect(refusal).toMatch(/parallelism 9 is above its max parallelism 8/);
  expect(lines.slice(3)).toEqual([
    'running 1',
    'failed 1: the job was rescaled to parallelism 2',
    'tm1: cancel 1',
    'starting 2 with parallelism 2',
    'tm1: deploy 2: source[0] source[1] sink[0] sink[1]',
    'running 2',
  ]);
});

it('what cannot be asked of the job now is refused with the reason', () => {
  const answers: (string | undefined)[] = [];
  play({
    taskManagers: {},
    act: (jobManager) => {
      answers.push(jobManager.savepoint('stop'), jobManager.resume());
    },
  });
  expect(answers).toEqual(['no attempt of the job is under way', 'the job is not stopped']);
});

it('a job manager whose session is lost while it waits for the lease waits again', () => {
  const { lines } = play({
    leaderLostAtMs: 0,
    config: { parallelism: 1 },
    taskManagers: { tm1: { slots: 1, atMs: 300 } },
  });
  expect(lines).toContain('running 1');
});

it('a job manager that is no longer the leader starts nothing any more', () => {
  const { lines } = play({
    config: { parallelism: 1 },
    leaderLostAtMs: 600,
    taskManagers: { tm1: { slots: 1, againAtMs: 800 } },
  });
  expect(lines.filter((line) => /^(starting|failed|job)/.test(line))).toEqual(['starting 1 with parallelism 1']);
});

const reactive = (more: Partial<JobConfig> = {}): Partial<JobConfig> => ({ schedulerMode: 'reactive', ...more });
const startings = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => line.startsWith('starting') || line.startsWith('failed'));

it('in reactive mode the job begins with the slots that there are, and begins anew when there are more', () => {
  const { lines } = play({
    config: reactive({ parallelism: 7 }),
    taskManagers: { tm1: { slots: 1 }, tm2: { slots: 2, atMs: 500 } },
  });
  expect(startings(lines)).toEqual([
    'starting 1 with parallelism 1',
    'failed 1: there are 3 slots now: the job goes on at parallelism 3',
    'starting 2 with parallelism 3',
  ]);
});

it('in reactive mode slots that are lost are done without', () => {
  const { lines } = play({
    config: reactive({ heartbeatTimeoutMs: 1_000 }),
    untilMs: 2_500,
    taskManagers: { tm1: { slots: 1, silentFromMs: 0 }, tm2: { slots: 1 } },
  });
  expect(startings(lines)).toEqual([
    'starting 1 with parallelism 2',
    'failed 1: tm1 is lost: its heartbeats stopped',
    'starting 2 with parallelism 1',
  ]);
});

it('in reactive mode it waits until no task manager has come for a while, and not again within the cooldown', () => {
  const taskManagers = { tm1: { slots: 1 }, tm2: { slots: 1, atMs: 50 }, tm3: { slots: 1, atMs: 400 } };
  const stable = play({ config: reactive({ resourceStabilizationMs: 100 }), taskManagers });
  expect(startings(stable.lines).filter((line) => line.startsWith('starting'))).toEqual([
    'starting 1 with parallelism 2',
    'starting 2 with parallelism 3',
  ]);
  const cooling = play({ config: reactive({ resourceStabilizationMs: 100, rescaleCooldownMs: 5_000 }), taskManagers });
  expect(startings(cooling.lines)).toEqual(['starting 1 with parallelism 2']);
});

it('in reactive mode the slots decide: a rescale is refused', () => {
  let refusal: string | undefined;
  const { lines } = play({
    config: reactive(),
    taskManagers: { tm1: { slots: 2 } },
    act: (jobManager) => {
      refusal = jobManager.rescale(1);
    },
  });
  expect(refusal).toContain('in reactive mode the job has the parallelism of its slots');
  expect(startings(lines)).toEqual(['starting 1 with parallelism 2']);
});

it('a job that a person has asked to stop is not begun anew for more slots', () => {
  const { lines } = play({
    config: reactive(),
    untilMs: 2_000,
    taskManagers: { tm1: { slots: 1 }, tm2: { slots: 1, atMs: 1_200 } },
    act: (jobManager) => {
      jobManager.savepoint('stop');
    },
  });
  expect(startings(lines)).toEqual(['starting 1 with parallelism 1']);
});

it('the parallelism that a person asks for holds, also if it is the first restart', () => {
  const { lines } = play({
    config: { parallelism: 1, parallelismAfterRestart: 1 },
    taskManagers: { tm1: { slots: 2 } },
    act: (jobManager) => {
      jobManager.rescale(2);
    },
  });
  expect(startings(lines).filter((line) => line.startsWith('starting'))).toEqual([
    'starting 1 with parallelism 1',
    'starting 2 with parallelism 2',
  ]);
});
