import { expect, it } from 'vitest';
import { DEFAULT_JOB_CONFIG } from '../config.ts';
import { JobError } from '../errors.ts';
import { defineJob } from '../api/job.ts';
import { int32 } from '../job/types.ts';
import type { JobSpec } from '../job/spec.ts';
import { noWatermarks } from '../job/watermarks.ts';
import { createJobManager } from '../cluster/job-manager.ts';
import { defaultParts } from '../parts.ts';
import { makeUniverse } from '../../sim/testing/make-universe.ts';
import { checkConnectors } from './check.ts';
import { logSink } from './log/log-sink.ts';
import { logSource } from './log/log-source.ts';

const socket = { ...logSource({ topic: 'lines', type: int32 }), connector: 'socket', rewindable: false };

function jobOf(checkpointing: 'exactly-once' | 'at-least-once'): JobSpec {
  return defineJob(
    'j',
    (env) => {
      env
        .fromSource(socket, { uid: 'in', watermarks: noWatermarks({ timestamp: () => 0 }) })
        .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
    },
    { checkpointing },
  );
}

const WHY =
  /job "j", source "in" \(socket\): it cannot be read again.*would be lost.*put a log between.*"at-least-once"/;

it('a source that cannot rewind is refused where the job is defined, unless it says at-least-once', () => {
  expect(() => jobOf('exactly-once')).toThrow(JobError);
  expect(() => jobOf('exactly-once')).toThrow(WHY);
  expect(jobOf('at-least-once').nodes).toHaveLength(2);
});

it('and where a job that says at-least-once is started with exactly-once checkpoints', () => {
  const job = jobOf('at-least-once');
  expect(() => {
    checkConnectors(job, 'exactly-once');
  }).toThrow(WHY);
  checkConnectors(job, 'at-least-once');
  const universe = makeUniverse();
  universe.launch('host', 'jobmanager', (ports) => {
    expect(() => createJobManager(ports, job, DEFAULT_JOB_CONFIG, defaultParts)).toThrow(WHY);
  });
});

it('a spec that says what to read or write, and not how, is refused by name', () => {
  const job = jobOf('at-least-once');
  const [source, sink] = job.nodes;
  if (source?.operator.kind !== 'source' || sink?.operator.kind !== 'sink') throw new Error('another job');
  const { connector, input, type, bounded, startPosition, rewindable } = source.operator.source;
  const spec = { connector, input, type, bounded, startPosition, rewindable };
  const bare = { ...source, operator: { ...source.operator, source: spec } };
  expect(() => {
    checkConnectors({ ...job, nodes: [bare, sink] }, 'at-least-once');
  }).toThrow(/source in: "socket" says what to read, not how/);
  const { output, delivery } = sink.operator.sink;
  const bareSink = { ...sink, operator: { ...sink.operator, sink: { connector: 'log', output, type, delivery } } };
  expect(() => {
    checkConnectors({ ...job, nodes: [source, bareSink] }, 'at-least-once');
  }).toThrow(/sink out: "log" says where to write, not how; .*createCommitter/);
});
