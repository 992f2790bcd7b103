import { expect, it } from 'vitest';
import type { Incident } from '../../sim/faults/incident.ts';
import {
  backlogLeastMs,
  checkpointLeastMs,
  type Deadlines,
  type Demands,
  deadlines,
  firingLeastMs,
  sortLeastBytes,
} from './costs.ts';
import { configOf, type KnobValues } from './knobs.ts';
import { expand } from './generate.ts';
import { fakeScenario } from './testing/scenario.ts';

/** Everything takes no time, unless the test says so. */
const INSTANT: KnobValues = {
  networkLatencyUs: 0,
  objectStoreLatencyUs: 0,
  haLatencyUs: 0,
  brokerLatencyUs: 0,
  stepCostUs: 0,
  fetchMaxRecords: 1,
  restartDelayMs: 0,
  haSessionMs: 10,
  heartbeatIntervalMs: 20,
  heartbeatTimeoutMs: 1_500,
  reconnectMs: 1,
  checkpointTimeoutMs: 10,
};
const SILENT_US = 1000 * (10 + 20 + 1_500 + 1);
const EXPIRED_US = 1000 * 10;
/** The longest delay of a restart, once. */
const BACKOFF_US = 1_000_000;

const leastMs = (knobs: KnobValues): number =>
  checkpointLeastMs(configOf({ config: { ...INSTANT, ...knobs }, incidents: [] }));

function ends(knobs: KnobValues, records = 0, incidents: readonly Incident[] = [], demands: Demands = {}): Deadlines {
  const topics = { numbers: [Array.from({ length: records }, (_, n) => n), []] };
  return deadlines(configOf({ config: { ...INSTANT, ...knobs }, incidents }), incidents, topics, demands);
}
const settlingUs = (...run: Parameters<typeof ends>): number => {
  const { chaosUs, settleUs } = ends(...run);
  return settleUs - chaosUs - BACKOFF_US;
};
const atStart = (what: Incident['what']): Incident => ({ what, when: { kind: 'time', ms: 0 } });

it('a checkpoint without backlog waits for messages, for each service, for an upload and for steps', () => {
  expect(leastMs({})).toBe(0);
  expect(leastMs({ networkLatencyUs: 1_000, networkJitterUs: 500 })).toBe(6 * 1.5);
  expect(leastMs({ slowLinkUs: 2_000 })).toBe(0);
  expect(leastMs({ slowLinkUs: 2_000, slowLinkPer1000: 1 })).toBe(6 * 2);
  expect(leastMs({ objectStoreLatencyUs: 1_000, objectStoreJitterUs: 2_000 })).toBe(2 * 3);
  expect(leastMs({ haLatencyUs: 1_000, haJitterUs: 2_000 })).toBe(2 * 3);
  expect(leastMs({ brokerLatencyUs: 1_000, brokerJitterUs: 2_000 })).toBe(2 * 3);
  expect(leastMs({ buggifySitePer1000: 1, buggifyFirePer1000: 1 })).toBe(20);
});

it('steps are those of the slowest actor, and more where several checkpoints may be under way', () => {
  expect(leastMs({ stepCostUs: 100, stepJitterUs: 100 })).toBe(20 * 0.2);
  expect(leastMs({ stepCostUs: 100, slowFactor: 20 })).toBe(20 * 0.1);
  expect(leastMs({ stepCostUs: 100, slowFactor: 20, slowActorPer1000: 1 })).toBe(20 * 2);
  expect(leastMs({ stepCostUs: 100, reorderPer1000: 1, reorderDelayUs: 400 })).toBe(20 * 0.5);
  expect(leastMs({ stepCostUs: 100, maxConcurrentCheckpoints: 3 })).toBe(40 * 0.1);
});

it('faults heal a second after the last record is visible, and not before the last timed incident is due', () => {
  expect(ends({}).chaosUs).toBe(1_000_000);
  expect(ends({ recordIntervalUs: 5_000 }, 100).chaosUs).toBe(1_500_000);
  const incidents: readonly Incident[] = [{ what: { kind: 'savepoint' }, when: { kind: 'time', ms: 700 } }];
  expect(ends({ recordIntervalUs: 5_000 }, 100, incidents).chaosUs).toBe(1_700_000);
});

it('settling is three rounds: a restart, a replay, a checkpoint that expires and one that succeeds', () => {
  const roundUs = SILENT_US + EXPIRED_US;
  expect(settlingUs({})).toBe(3 * roundUs);
  expect(settlingUs({ recordIntervalUs: 5_000 }, 100)).toBe(100 * 5_000 + 3 * roundUs);
  expect(settlingUs({ stepCostUs: 50 }, 100)).toBe(3 * (roundUs + 100 * 20 * 50 + 20 * 50));
  // 40 for the restart, 40 for the checkpoints, one a fetch, and what the checkpoint itself waits for.
  expect(settlingUs({ brokerLatencyUs: 1_000 }, 100)).toBe(3 * (roundUs + (80 + 101 + 2) * 1_000));
  expect(settlingUs({ serviceLatencyUs: 300, serviceJitterUs: 200 }, 100)).toBe(3 * (roundUs + 100 * 500));
  expect(settlingUs({ serviceLostPer1000: 1 })).toBe(4 * roundUs);
  expect(settlingUs({ slowLinkPer1000: 1, slowLinkUs: 1_000 }, 100)).toBe(
    3 * (roundUs + 2 * (80 + 101) * 1_000 + 100 * 2_000 + 6_000),
  );
});

it('each record may be a file of its own: read, written and removed, one after the other', () => {
  const slow = { objectStoreLatencyUs: 700, objectStoreJitterUs: 300 };
  const without = settlingUs(slow, 100);
  expect(settlingUs(slow, 100, [], { commitsOutside: true })).toBe(without + 3 * 100 * 3 * 1_000);
  expect(settlingUs(slow, 100, [], { restPeriodMs: 0, commitsOutside: false })).toBeGreaterThan(without);
});

it('in reactive mode a round is granted for each task manager that comes back, and what the mode itself waits for', () => {
  const roundUs = SILENT_US + EXPIRED_US;
  expect(settlingUs({ schedulerMode: 1, taskManagers: 3 })).toBe(6 * roundUs);
  const waits = { resourceStabilizationMs: 40, rescaleCooldownMs: 60 };
  expect(settlingUs({ schedulerMode: 1, taskManagers: 1, ...waits })).toBe(4 * (roundUs + 100_000));
  const joins = atStart({ kind: 'host-joins' });
  expect(settlingUs({ schedulerMode: 1, taskManagers: 1 }, 0, [joins])).toBe(5 * roundUs);
});

it('what incidents cost is granted: the longest absence of a process, and a round for each stop', () => {
  const kill = (restartAfterMs: number): Incident => atStart({ kind: 'kill', process: 'self', restartAfterMs });
  const roundUs = SILENT_US + EXPIRED_US;
  expect(settlingUs({}, 0, [kill(30), kill(700)])).toBe(3 * (roundUs + 700_000));
  const stop = atStart({ kind: 'stop', drain: false });
  expect(settlingUs({}, 0, [stop, stop])).toBe(5 * roundUs);
});

it('every drawn plan gives a checkpoint the time that it needs behind a backlog, or survives that it has not', () => {
  const PANES = 4;
  const plans = Array.from({ length: 3_000 }, (_, n) =>
    expand({ ...fakeScenario, panesPerRecord: PANES }, `seed-${n}`),
  );
  const needs = plans.map((plan) => {
    const config = configOf(plan);
    const count = plan.workload.kind === 'generated' ? plan.workload.count : 0;
    return { ...config.job.checkpointing, backlogMs: backlogLeastMs(config, PANES * count) };
  });
  const intolerant = needs.filter(({ tolerableFailures }) => tolerableFailures < 10_000);
  const raised = intolerant.filter(({ timeoutMs }) => timeoutMs > 5_000);
  const tolerant = needs.filter(({ timeoutMs, backlogMs }) => timeoutMs < backlogMs);
  expect([intolerant.length > 300, raised.length > 20, tolerant.length > 5]).toEqual([true, true, true]);
  for (const { timeoutMs, backlogMs } of intolerant) expect(timeoutMs).toBeGreaterThanOrEqual(backlogMs);
  // No timeout is long enough.
  expect(tolerant.some(({ backlogMs }) => backlogMs > 20_000)).toBe(true);
});

it('every drawn plan gives a checkpoint without backlog the time that it needs', () => {
  const plans = Array.from({ length: 1000 }, (_, n) => expand(fakeScenario, `seed-${n}`));
  const drawn = plans.filter(({ config }) => Object.hasOwn(config, 'checkpointTimeoutMs'));
  expect(drawn.length).toBeGreaterThan(200);
  for (const plan of drawn) {
    const config = configOf(plan);
    expect(config.job.checkpointing.timeoutMs).toBeGreaterThanOrEqual(checkpointLeastMs(config));
  }
});

it('a sort over a disk that fails has the memory with which an attempt of its stage meets two failures on the average', () => {
  const least = (knobs: KnobValues, records: number): number =>
    sortLeastBytes(configOf({ config: { ...INSTANT, sortMemoryBytes: 4_096, ...knobs }, incidents: [] }), records);
  expect(least({}, 100_000)).toBe(4_096);
  // 200 records are 32,000 bytes: 7 runs, in 50 blocks of 256 bytes, of which each fails in 1 of 50 reads.
  expect(least({ diskReadErrorPpm: 20_000 }, 200)).toBe(4_096);
  expect(least({ diskReadErrorPpm: 20_000, diskFullPer1000: 20 }, 200)).toBe(4_096);
  // In 1 of 20 reads or appends: 2.5 failures. With twice as much memory the blocks are of 512 bytes.
  expect(least({ diskReadErrorPpm: 20_000, diskFullPer1000: 30 }, 200)).toBe(8_192);
  // 1,000 records: 39 runs of 250 blocks, written twice, or 19 of 125, or 9 of 62, written once.
  expect(least({ diskReadErrorPpm: 20_000 }, 1_000)).toBe(16_384);
  // What fits into memory never comes to the disk.
  expect(least({ diskFullPer1000: 1_000 }, 1_000)).toBe(262_144);
});

it('every drawn batch plan gives a sort that memory, however the disk fails', () => {
  const batch = { ...fakeScenario, has: ['batch'], batchPer1000: 1_000 } as const;
  const plans = Array.from({ length: 1_000 }, (_, n) => expand(batch, `seed-${n}`));
  const drawn = plans.filter(({ config }) => Object.hasOwn(config, 'sortMemoryBytes'));
  expect(drawn.length).toBeGreaterThan(200);
  for (const plan of drawn) {
    const records = plan.workload.kind === 'generated' ? plan.workload.count : 0;
    expect(sortLeastBytes(configOf(plan), records)).toBe(configOf(plan).job.sortMemoryBytes);
  }
});

it('a checkpoint waits for what a sink asks of the object store before it is ready', () => {
  const store = configOf({ config: { ...INSTANT, objectStoreLatencyUs: 10_000 }, incidents: [] });
  expect([checkpointLeastMs(store), checkpointLeastMs(store, 4)]).toEqual([20, 60]);
});

it('a full checkpoint of large state waits for the disk as often as its scenario says, and no less than any', () => {
  const disk = configOf({ config: { ...INSTANT, stateBackend: 1, diskLatencyUs: 100 }, incidents: [] });
  expect([0, 200, 1_800].map((reads) => checkpointLeastMs(disk, 0, reads))).toEqual([20, 20, 180]);
});

it('a checkpoint behind a backlog waits for what a turn sends, a buffer a round trip', () => {
  const least = (knobs: KnobValues): number =>
    backlogLeastMs(configOf({ config: { ...INSTANT, ...knobs }, incidents: [] }), 50);
  const slow = { slowLinkPer1000: 1_000, slowLinkUs: 100_000, outputBuffersMax: 3, credits: 1 };
  expect(least({ bufferRecords: 1, outputBuffersMax: 3, credits: 1 })).toBe(0);
  // Six messages of 100 ms, and 50 records in 50 buffers, or in 7, and 4 that are full at each of 3 hops: 200 ms each.
  expect(least({ ...slow, bufferRecords: 1 })).toBe(600 + (50 + 12) * 200);
  expect(least({ ...slow, bufferRecords: 8 })).toBe(600 + (7 + 12) * 200);
  // Steps 18 times as long as usual: 20 of the checkpoint, one for each that is emitted, three for each of 3 x 4 x 8 in buffers.
  const full = { outputBuffersMax: 3, credits: 1, bufferRecords: 8 };
  expect(least({ ...full, stepCostUs: 100, slowActorPer1000: 1, slowFactor: 18 })).toBe(
    Math.ceil((20 + 50 + 3 * 96) * 1.8),
  );
  // A hundred requests to the disk for each, and an answer of a service for each that waits.
  expect(least({ ...full, stateBackend: 1, diskLatencyUs: 100 })).toBe(20 + (50 + 96) * 10);
  expect(least({ ...full, serviceLatencyUs: 2_000 })).toBe(96 * 2);
});

it('panes that fire by the clock take three quarters of the time of the slowest task', () => {
  const least = (knobs: KnobValues, panes: number): number =>
    firingLeastMs(configOf({ config: { ...INSTANT, ...knobs }, incidents: [] }), [], panes);
  expect(least({}, 100)).toBe(0);
  // 30 panes, each a step of 18 times 200 us.
  const slow = { stepCostUs: 200, slowActorPer1000: 100, slowFactor: 18 };
  expect(least(slow, 30)).toBe((30 * 3.6 * 4) / 3);
  // What they send goes one buffer a round trip of 2 times 5 ms.
  const link = { ...slow, slowLinkPer1000: 100, slowLinkUs: 5_000 };
  expect(least({ ...link, bufferRecords: 1 }, 30)).toBe((30 * 13.6 * 4) / 3);
  expect(least({ ...link, bufferRecords: 4 }, 30)).toBe(Math.ceil((30 * 6.1 * 4) / 3));
});
