/** A job whose savepoint holds state that is not what was written: it ends by name, before an attempt begins. */
import { expect, it } from 'vitest';
import { makeUniverse } from '../../sim/testing/make-universe.ts';
import { defineJob, int32, logSink, logSource, noWatermarks } from '../api/index.ts';
import { writeMetadata } from '../checkpoint/storage/metadata.ts';
import { DEFAULT_JOB_CONFIG } from '../config.ts';
import { defaultParts } from '../parts.ts';
import { inlineObjectOf } from '../state/handles.ts';
import { createJobManager } from './job-manager.ts';
import { FakeTaskManager } from './testing/fake-task-manager.ts';
import { metadataWith, RUNNING_SUBTASK } from '../checkpoint/storage/testing/metadata-with.ts';

const SAVEPOINT = 'savepoints/sums/1-4/metadata';
const OBJECT = 'savepoints/sums/1-4/sums-0';
const sums = defineJob('sums', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: int32 }), {
      uid: 'in',
      watermarks: noWatermarks({ timestamp: () => 0 }),
    })
    .keyBy((n) => n, int32)
    .reduce((a, b) => a + b, { uid: 'sums' })
    .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
});

/** What is said when the job starts from a savepoint with this state of its one subtask in the metadata. */
function play(inline: ReturnType<typeof inlineObjectOf> | undefined): readonly string[] {
  const lines: string[] = [];
  const universe = makeUniverse({
    listeners: [{ jobEnded: ({ status, message }) => void lines.push(`job ${status}: ${message}`) }],
  });
  const subtask = {
    ...RUNNING_SUBTASK,
    keyed: [{ first: 0, last: 127, objects: [OBJECT], own: [] }],
    inline: inline === undefined ? [] : [inline],
  };
  universe.objects.seed(
    SAVEPOINT,
    writeMetadata(
      metadataWith({
        job: 'sums',
        checkpoint: 4,
        kind: 'savepoint',
        vertices: [{ uid: 'sums', parallelism: 1, maxParallelism: 128, subtasks: [subtask] }],
      }),
    ),
  );
  universe.broker.createTopic('in', 1);
  universe.launch('jobmanager', 'jobmanager', (ports) => {
    const config = { ...DEFAULT_JOB_CONFIG, parallelism: 1 };
    createJobManager(ports, sums, config, defaultParts, { restoreFrom: SAVEPOINT });
  });
  universe.launch('tm', 'tm', (ports) => {
    new FakeTaskManager(ports, { slots: 4 }, (line) => void lines.push(line));
  });
  universe.run(1_000_000);
  expect(universe.crashes).toEqual([]);
  return lines.filter((line) => !line.startsWith('cancel'));
}
const state = inlineObjectOf(OBJECT, Uint8Array.of(1, 2, 3));

it('whole state is handed to the task', () => {
  expect(play(state)).toEqual(['deploy 2: in[0] sums[0]']);
});

it('damaged state is refused: which checkpoint, whose state, under which name', () => {
  expect(play({ ...state, bytes: Uint8Array.of(1, 2) })).toEqual([
    expect.stringMatching(
      `^job failed: checkpoint 4: the state of sums\\[0\\] that its metadata holds as ${OBJECT} is damaged \\(2 bytes `,
    ),
  ]);
});

it('state that the metadata lacks, and the store, too, is missing', () => {
  expect(play(undefined)).toEqual([
    expect.stringContaining(`job failed: checkpoint 4 cannot be restored: object ${OBJECT} is missing; start the job`),
  ]);
});
