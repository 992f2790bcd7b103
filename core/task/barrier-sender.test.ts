import { expect, it } from 'vitest';
import { InputGate } from '../channels/input-gate.ts';
import type { StreamElement } from '../channels/elements.ts';
import { OutputChannel } from '../channels/output-channel.ts';
import { defineJob, int32, logSink, logSource, noWatermarks } from '../api/index.ts';
import { DEFAULT_JOB_CONFIG } from '../config.ts';
import type { Probe } from '../facts.ts';
import { physicalGraph } from '../graph/physical.ts';
import { OutputEdge } from '../operators/chain.ts';
import { BarrierSender } from './barrier-sender.ts';
import { CheckpointsUnderWay } from './checkpoints-under-way.ts';
import { Mailbox } from './mailbox.ts';
import { ManualPorts } from './testing/manual-ports.ts';
import { barrierOf, shown, TaskHarness } from './testing/task-harness.ts';

/** `events` sends to `spread`, which can take channel state, and to `next`, whose in-edge is pointwise. */
const job = defineJob('two-edges', (env) => {
  const events = env.fromSource(logSource({ topic: 'in', type: int32 }), {
    uid: 'events',
    watermarks: noWatermarks({ timestamp: () => 0 }),
  });
  const sink = logSink({ topic: 'out', type: int32 });
  events.rebalance().sinkTo(sink).uid('spread');
  events.rescale().sinkTo(sink).uid('next');
});

function sender(credits = 100) {
  const world = new ManualPorts();
  const facts: unknown[] = [];
  const probe: Probe = {
    barrierSent: ({ edges }) => facts.push(edges.map(({ alignment }) => alignment)),
    channelStatePersisted: ({ channel, records }) => facts.push(`edge ${channel.edge} keeps ${records}`),
    channelStateClosed: ({ aborted }) => facts.push(aborted ? 'given up' : 'complete'),
  };
  const ports = world.ports(probe);
  const task = { vertex: 'events', subtask: 0, attempt: 1 };
  const env = { ...new TaskHarness().env, ports, task, job, graph: physicalGraph(job, 1) };
  const mailbox = new Mailbox({ wake: () => undefined }, { hasOvertaking: false, canInput: false, hasRoom: true });
  const underWay = new CheckpointsUnderWay(env, new InputGate([]), mailbox);
  const sent: StreamElement[][] = [];
  const edges = job.edges.map((edge, index) => {
    const out: StreamElement[] = [];
    sent[index] = out;
    const id = { edge: edge.id, attempt: 1, sender: 0, receiver: 0 };
    const channel = new OutputChannel(id, task, {}, { ...DEFAULT_JOB_CONFIG, bufferRecords: 1 }, () => undefined);
    channel.connect({ deliver: ({ elements }) => out.push(...elements) }, credits);
    channel.send(7, undefined);
    return new OutputEdge(edge, [channel], () => 0);
  });
  return {
    sender: new BarrierSender(env, edges, underWay),
    underWay,
    world,
    facts,
    grant: () => {
      for (const { channels } of edges) for (const channel of channels) channel.addCredit(10);
    },
    letters: () => mailbox.next(),
    sent: () => sent.map((elements) => elements.splice(0).map(shown)),
  };
}

it('an aligned barrier is queued in order on every edge', () => {
  const { sender: barriers, sent, grant, facts } = sender(0);
  barriers.send(barrierOf(1), false);
  expect(sent()).toEqual([[], []]);
  grant();
  expect(sent()).toEqual([
    [7, 'barrier 1'],
    [7, 'barrier 1'],
  ]);
  expect(facts).toEqual([['aligned', 'aligned']]);
});

it('an unaligned barrier overtakes where the receiver can take channel state, and only there', () => {
  const { sender: barriers, sent, underWay, facts } = sender(0);
  barriers.send(barrierOf(1, 'unaligned'), true);
  expect(sent()).toEqual([['barrier 1'], []]);
  underWay.channelState.inputsDone(1);
  underWay.channelState.closeIfComplete(1);
  expect(facts).toEqual([['unaligned', 'forced'], 'edge 0 keeps 1', 'complete']);
});

it('a timed barrier that was sent in order persists nothing', () => {
  const { sender: barriers, sent, underWay, facts } = sender();
  underWay.begin(barrierOf(1, 'aligned', 50));
  barriers.send(barrierOf(1, 'aligned', 50), false);
  expect(sent()[0]).toEqual([7, 'barrier 1']);
  underWay.channelState.inputsDone(1);
  underWay.channelState.closeIfComplete(1);
  expect(facts.at(-1)).toBe('complete');
});

it('a timed barrier that is still queued at its timeout overtakes, and what it overtook is persisted', () => {
  const { sender: barriers, sent, underWay, world, letters, facts } = sender(0);
  underWay.begin(barrierOf(1, 'aligned', 50));
  barriers.send(barrierOf(1, 'aligned', 50), false);
  underWay.channelState.inputsDone(1);
  world.clock.advance(49);
  expect(letters()).toBe('input');
  world.clock.advance(1);
  expect(letters()).toEqual({ kind: 'alignment-timeout', checkpoint: 1 });
  barriers.overtake(1);
  expect(sent()).toEqual([['barrier 1'], []]);
  expect(facts.slice(1)).toEqual(['edge 0 keeps 1', 'complete']);
});

it('a checkpoint that is forgotten leaves its barrier in order, and its timeout does not fire', () => {
  const { sender: barriers, sent, underWay, world, letters, grant } = sender(0);
  underWay.begin(barrierOf(1, 'aligned', 50));
  barriers.send(barrierOf(1, 'aligned', 50), false);
  underWay.forget(1);
  world.clock.advance(100);
  expect(letters()).toBe('input');
  barriers.overtake(1);
  grant();
  expect(sent()[0]).toEqual([7, 'barrier 1']);
});

it('a cancel marker is sent on every edge', () => {
  const { sender: barriers, sent } = sender();
  barriers.sendCancel(1);
  expect(sent()).toEqual([
    [7, 'cancel'],
    [7, 'cancel'],
  ]);
});
