/** Jobs that declare no max parallelism and start from state: what job master and task managers make of its number of key groups. */
import { expect, it } from 'vitest';
import { makeUniverse } from '../../sim/testing/make-universe.ts';
import { defineJob, int32, type JobSpec, logSink, logSource, noWatermarks } from '../api/index.ts';
import { writeMetadata } from '../checkpoint/storage/metadata.ts';
import { DEFAULT_JOB_CONFIG } from '../config.ts';
import { defaultParts } from '../parts.ts';
import { fixedDelay } from './testing/fixed-delay.ts';
import { createJobManager, type JobManager } from './job-manager.ts';
import { FakeTaskManager } from './testing/fake-task-manager.ts';
import { metadataWith, RUNNING_SUBTASK } from '../checkpoint/storage/testing/metadata-with.ts';

const jobWith = (declared: number | undefined): JobSpec =>
  defineJob('sums', (env) => {
    const sums = env
      .fromSource(logSource({ topic: 'in', type: int32 }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .keyBy((n) => n, int32)
      .reduce((a, b) => a + b, { uid: 'sums' });
    if (declared !== undefined) sums.setMaxParallelism(declared);
    sums.sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' }).setParallelism(1);
  });

const SAVEPOINT = 'savepoints/sums/1-4/metadata';
/** State of one subtask, in 12 key groups. */
const savepoint = writeMetadata(
  metadataWith({
    job: 'sums',
    checkpoint: 4,
    kind: 'savepoint',
    vertices: [
      {
        uid: 'sums',
        parallelism: 1,
        maxParallelism: 12,
        subtasks: [{ ...RUNNING_SUBTASK, keyed: [{ first: 0, last: 11, objects: [], own: [] }] }],
      },
    ],
  }),
);

/** Starts the job from the savepoint on 16 slots. `act`: once its first attempt runs. What is said, line by line. */
function play(
  declared: number | undefined,
  parallelism: number,
  act: (jobManager: JobManager) => void = () => undefined,
): readonly string[] {
  const lines: string[] = [];
  const universe = makeUniverse({
    listeners: [{ jobEnded: ({ status, message }) => void lines.push(`job ${status}: ${message}`) }],
  });
  universe.objects.seed(SAVEPOINT, savepoint);
  universe.broker.createTopic('in', 1);
  const parts = { ...defaultParts, restartStrategy: () => fixedDelay(20, 2) };
  universe.launch('jobmanager', 'jobmanager', (ports) => {
    const config = { ...DEFAULT_JOB_CONFIG, parallelism };
    const jobManager = createJobManager(ports, jobWith(declared), config, parts, { restoreFrom: SAVEPOINT });
    ports.clock.timer(1_000, () => {
      act(jobManager);
    });
  });
  universe.launch('tm', 'tm', (ports) => {
    new FakeTaskManager(ports, { slots: 16 }, (line) => void lines.push(line));
  });
  universe.run(1_500_000);
  expect(universe.crashes).toEqual([]);
  return lines.filter((line) => !line.startsWith('cancel'));
}

it('the number of the state reaches the task managers, and holds over a rescale', () => {
  expect(play(undefined, 1, (jobManager) => void jobManager.rescale(2, 'sums'))).toEqual([
    'deploy 2: in[0] sums[0] out[0] with sums/12',
    'deploy 3: in[0] sums[0] sums[1] out[0] with sums/12',
  ]);
});

it('a rescale above it is refused, of the job and of the operator, and one up to it is not', () => {
  const answers: (string | undefined)[] = [];
  const lines = play(undefined, 1, (jobManager) => {
    answers.push(jobManager.rescale(13), jobManager.rescale(13, 'sums'), jobManager.rescale(12, 'sums'));
  });
  const refusal =
    'JobError: job "sums", operator "sums": parallelism 13 is above its max parallelism 12, which it declares nowhere and has from its state; ' +
    'lower the one, or start afresh with a higher other (key groups cannot be redistributed)';
  expect(answers).toEqual([refusal, refusal, undefined]);
  expect(lines).toHaveLength(2);
});

it('a job that asks for more subtasks than it has key groups fails by name', () => {
  expect(play(undefined, 13)).toEqual([
    expect.stringMatching(
      /^job failed: .*"sums": parallelism 13 is above its max parallelism 12, which it declares nowhere/,
    ),
  ]);
});

it('a declared number is the same or an error; nothing is told to the task managers', () => {
  expect(play(12, 1)).toEqual(['deploy 2: in[0] sums[0] out[0]']);
  expect(play(20, 1)).toEqual([
    expect.stringMatching(
      /^job failed: operator sums: the checkpoint has max parallelism 12, the job has 20; .* or declare none/,
    ),
  ]);
});
