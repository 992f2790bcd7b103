import { expect, it } from 'vitest';
import { Stage } from '../../../sim/services/testing/stage.ts';
import { int32 } from '../../job/types.ts';
import type { Ports } from '../../ports.ts';
import type { Coroutine } from '../../waiting.ts';
import type { WriterEnv } from '../sink.ts';
import { logSink } from './log-sink.ts';

const sink = logSink({ topic: 'out', type: int32 });

function stageOf(): Stage {
  const stage = new Stage();
  stage.universe.broker.createTopic('out', 2);
  return stage;
}
function envOf(ports: Ports, changes: Partial<WriterEnv> = {}): WriterEnv {
  const fixed = { job: 'j', sink: 'out', subtask: 0, parallelism: 1, attempt: 1, subtasksMax: 1 };
  return { ...fixed, ports, scope: ports.scope, aborted: () => undefined, ...changes };
}

it('names its transactions by job, sink, owner, attempt and sequence, one for each checkpoint with records', () => {
  stageOf().play(function* (_stage, ports): Coroutine<void> {
    const writer = sink.createWriter(envOf(ports, { subtask: 1, parallelism: 2, attempt: 4, subtasksMax: 2 }));
    yield* writer.open([]);
    writer.write(1);
    writer.write(2);
    expect(yield* writer.prepareCommit()).toEqual([{ id: 'j/out/1/4/0' }]);
    expect(yield* writer.prepareCommit()).toEqual([]);
    writer.write(3);
    expect(yield* writer.prepareCommit()).toEqual([{ id: 'j/out/1/4/1' }]);
  });
});

it('handles the owners that are its own modulo the parallelism, and no sink whose name begins alike', () => {
  const stage = stageOf();
  const aborted: string[] = [];
  stage.play(function* (_stage, ports): Coroutine<void> {
    const left = ['j/out/0/1/0', 'j/out/1/1/0', 'j/out/2/1/0', 'j/out/2/1/1', 'j/out/extra/0/1/0', 'j/out2/0/1/0'];
    const producer = yield* ports.log.producer('old');
    for (const id of left) yield* producer.append(id, 'out', 0, [new Uint8Array(1)]);
    yield* producer.prepare('j/out/2/1/1');
    const env = envOf(ports, { parallelism: 2, attempt: 2, subtasksMax: 3, aborted: (id) => aborted.push(id) });
    yield* sink.createWriter(env).open([{ id: 'j/out/2/1/1' }]);
  });
  expect(aborted).toEqual(['j/out/0/1/0', 'j/out/2/1/0']);
});

it('an unknown transaction cannot be committed', () => {
  stageOf().play(function* (_stage, ports): Coroutine<void> {
    const committer = sink.createCommitter({ job: 'j', sink: 'out', subtask: undefined, ports });
    expect(yield* committer.commit({ id: 'j/out/0/1/0' })).toBe('failed');
  });
});
