import { expect, it } from 'vitest';
import type { BarrierAction } from '../checkpoint/barriers/barrier-handler.ts';
import { InputChannel, InputGate } from '../channels/input-gate.ts';
import type { BarrierElement } from '../channels/elements.ts';
import type { Coroutine } from '../waiting.ts';
import { Deferred } from '../waiting.ts';
import { BarrierActions } from './barrier-actions.ts';
import { CheckpointsUnderWay } from './checkpoints-under-way.ts';
import { Mailbox } from './mailbox.ts';
import type { SnapshotAnswer } from './snapshot-taker.ts';
import { ManualPorts } from './testing/manual-ports.ts';
import { barrierOf, shownReport } from './testing/task-harness.ts';

/** An interpreter over a gate of two channels; snapshots are answered by `answer`. */
function interpreter(answer: SnapshotAnswer = { kind: 'taken' }) {
  const log: string[] = [];
  const world = new ManualPorts();
  const ports = world.ports({
    channelBlocked: ({ channel }) => log.push(`block ${channel.edge}`),
    channelUnblocked: ({ channel }) => log.push(`unblock ${channel.edge}`),
    channelStateOpened: ({ checkpoint }) => log.push(`open ${checkpoint}`),
    channelStateClosed: ({ checkpoint, aborted }) => log.push(`${aborted ? 'give up' : 'close'} ${checkpoint}`),
  });
  const env = {
    task: { vertex: 'map', subtask: 0, attempt: 1 },
    ports,
    report: (kind: string, checkpoint: number, body: object) => log.push(shownReport(kind, checkpoint, body)),
  };
  const listener = { arrived: () => undefined, announced: () => undefined, kept: () => undefined };
  const channels = [0, 1].map((edge) => new InputChannel({ edge, attempt: 1, sender: 0, receiver: 0 }, edge, listener));
  const gate = new InputGate(channels);
  const mailbox = new Mailbox({ wake: () => undefined }, { hasOvertaking: false, canInput: false, hasRoom: true });
  const underWay = new CheckpointsUnderWay(env, gate, mailbox);
  const actions = new BarrierActions(env, {
    gate,
    handler: {
      onCancel: (checkpoint) => {
        log.push(`await no more of ${checkpoint}`);
        return [
          { kind: 'abort', checkpoint, cause: 'cancelled' },
          { kind: 'unblock', checkpoint },
        ];
      },
    },
    underWay,
    sender: { sendCancel: (checkpoint) => log.push(`cancel ${checkpoint}`) },
    snapshots: {
      take: (checkpoint, unaligned) => {
        log.push(`snapshot ${checkpoint}${unaligned ? ' unaligned' : ''}`);
        return answer;
      },
    },
    mailbox,
    outputs: { afterStep: () => log.push('after step') },
    scope: ports.scope,
  });
  const arrive = (channel: number, barrier: BarrierElement): void => {
    channels[channel]?.enqueue({ elements: [barrier], priority: false });
  };
  return { actions, log, mailbox, underWay, world, arrive };
}

const block = (channel: number): BarrierAction => ({ kind: 'block', channel, checkpoint: 1 });
const unblock: BarrierAction = { kind: 'unblock', checkpoint: 1 };
const snapshot: BarrierAction = { kind: 'snapshot', checkpoint: 1, unaligned: false };

it('actions are done in order; only blocked channels are unblocked', () => {
  const { actions, log } = interpreter();
  actions.do([block(1), snapshot, unblock]);
  expect(log).toEqual(['block 1', 'snapshot 1', 'unblock 1']);
});

it('a snapshot that waits for the sinks delays the actions behind it, and the task processes nothing meanwhile', () => {
  const sinks = new Deferred<void>('sinks');
  const body = (function* (): Coroutine<void> {
    yield* sinks;
  })();
  const { actions, log, mailbox, world } = interpreter({ kind: 'waits', why: 'its sinks', body });
  actions.do([block(0), snapshot, unblock]);
  world.executor.run();
  expect([log, mailbox.paused]).toEqual([['block 0', 'snapshot 1'], 'its sinks']);
  sinks.resolve();
  world.executor.run();
  expect([log.slice(2), mailbox.paused]).toEqual([['unblock 0', 'after step'], undefined]);
});

it('a snapshot that the coordinator has cancelled is skipped: a marker, no decline, no channel stays blocked', () => {
  const { actions, log } = interpreter({ kind: 'cancelled' });
  actions.do([block(0), snapshot]);
  expect(log).toEqual(['block 0', 'snapshot 1', 'cancel 1', 'await no more of 1', 'unblock 0']);
});

it('a snapshot that is refused is skipped and declined', () => {
  const { actions, log } = interpreter({ kind: 'refused', reason: 'not-ready', message: 'replays' });
  actions.do([snapshot]);
  expect(log).toEqual(['snapshot 1', 'cancel 1', 'await no more of 1', 'decline 1 not-ready']);
});

it('a checkpoint that is aborted before its snapshot: a cancel marker downstream, and the coordinator is notified', () => {
  const { actions, log } = interpreter();
  actions.do([{ kind: 'abort', checkpoint: 1, cause: 'cancelled' }]);
  expect(log).toEqual(['cancel 1', 'decline 1 cancellation-marker']);
});

it('the coordinator is not asked to abort what it has aborted itself', () => {
  const { actions, log } = interpreter();
  actions.do([{ kind: 'abort', checkpoint: 1, cause: 'cancelled' }], true);
  expect(log).toEqual(['cancel 1']);
});

it('a checkpoint that is aborted after its snapshot sends no marker: its barrier has been sent', () => {
  const { actions, log, underWay } = interpreter();
  underWay.sequence.begin(1);
  actions.do([{ kind: 'abort', checkpoint: 1, cause: 'subsumed' }]);
  expect(log).toEqual(['decline 1 subsumed']);
});

it('in-flight data is persisted from start to stop', () => {
  const { actions, log } = interpreter();
  actions.do([{ kind: 'start', checkpoint: 1 }]);
  expect(log).toEqual(['open 1']);
  actions.do([{ kind: 'stop', checkpoint: 1 }]);
  expect(log).toEqual(['open 1', 'close 1']);
});

it('a start behind a newer barrier aborts the checkpoint at once', () => {
  const { actions, log, arrive } = interpreter();
  arrive(1, barrierOf(2));
  actions.do([{ kind: 'start', checkpoint: 1 }]);
  expect(log).toEqual(['open 1', 'cancel 1', 'give up 1', 'decline 1 subsumed', 'await no more of 1']);
});
