/**
 * The cost model: how long the parts of a run take at worst, in virtual time. From it follow the shortest checkpoint
 * timeout that a plan may draw (`checkpointLeastMs`), that of a job which survives no failed checkpoint (`backlogLeastMs`), the
 * least memory to sort in over a disk that fails (`sortLeastBytes`), the least time between firings by the clock (`firingLeastMs`),
 * and the time by which a job must have finished (`deadlines`).
 *
 * What one thing takes, from the plan's configuration and from what each fault says of itself (`Cost`):
 *
 *   message     latency + jitter of the network, and of a slow link
 *   round trip  there and back, and a request to each service
 *   step        (cost + jitter) x factor of the slowest actor + lateness of a wake-up
 *
 * What a run is made of:
 *
 *   checkpoint  6 messages + 2 requests to each service + the upload
 *               + 20 steps, half of them once more for each further checkpoint that may be under way
 *   restart     notice a silent process, wait, reconnect, HA session, the longest absence of a process, 40 round trips
 *   replay      20 steps for each record, retries of the back-pressured included; a round trip for each fetch; over a
 *               slow link one buffer a round trip; the answer of an external service; where a sink commits outside of the broker,
 *               3 requests to the object store, one after the other, since each record may be a file of its own
 *   state on    a checkpoint writes and reads all of it, a restart too; a record reads what it needs, block by block
 *   the disk
 *   round       a restart, a replay, a checkpoint that expires, one that succeeds, 40 round trips
 *
 *   chaos ends  once all input is visible (after each quiet stretch that it may have, and in partitions added late) and the last timed incident is due, and a second
 *   settled by  then + the input once more + the longest delay of a restart + 3 rounds, since what happened before the heal may still be under way, and a
 *               round more for each restart that the plan asks for, and in reactive mode for each task manager; of a job that never ends by itself: + the periods
 *               after which its watermarks and its next checkpoints show that it is at rest + 2 rounds for these
 */
import { longestDelay } from '../../core/restart-strategy.ts';
import { RATES } from '../../sim/faults/index.ts';
import { costOf, type Incident } from '../../sim/faults/incident.ts';
import { type Cost, together } from '../../sim/faults/vocabulary/cost.ts';
import { INPUT_BLOCK_RECORDS } from '../../sim/services/broker-partition.ts';
import type { Config } from './knobs.ts';
import type { Topics } from './plan.ts';
import { recordCount } from './records.ts';

const CHECKPOINT = { messages: 6, requests: 2, steps: 20 } as const;
const REPLAY_STEPS = 20;
/** Requests to the disk at worst, where state lies there. */
const DISK_REQUESTS = { checkpoint: 200, restart: 400, record: 100 } as const;
/** The same of a restart where hosts keep copies of state, which it reads. */
const COPY_REQUESTS = 50;
/** A file is read, written in its place, and removed where it was. */
const COMMIT_REQUESTS = 3;
const RESTART_ROUND_TRIPS = 40;
const FINAL_ROUND_TRIPS = 40;
const ROUNDS = 3;
const REST_ROUNDS = 2;
const CHAOS_AFTER_INPUT_US = 1_000_000;

interface Costs extends Omit<Cost, 'stepUs' | 'wakeUs' | 'stepFactor'> {
  /** A whole step of the slowest actor, and what comes before it. */
  readonly wholeStepUs: number;
  readonly roundTripUs: number;
  /** A restart reads the local copies of state. */
  readonly copiesUs: number;
}

function costsOf({ world, job }: Config, incidents: readonly Incident[]): Costs {
  const cost = together([...RATES.map((fault) => fault.cost(world)), ...incidents.map(({ what }) => costOf(what))]);
  const { messageUs, bufferUs, uploadUs, objectStoreUs, haUs, brokerUs, serviceUs, inputBlockUs, inputLateUs } = cost;
  return {
    messageUs,
    bufferUs,
    uploadUs,
    objectStoreUs,
    haUs,
    brokerUs,
    serviceUs,
    diskUs: job.stateBackend === 'lsm' ? cost.diskUs : 0,
    inputBlockUs,
    inputLateUs,
    restartUs: cost.restartUs,
    restarts: cost.restarts,
    copiesUs: job.localRecovery ? COPY_REQUESTS * cost.diskUs : 0,
    wholeStepUs: (world.stepCostUs + cost.stepUs) * cost.stepFactor + cost.wakeUs,
    roundTripUs: 2 * messageUs + objectStoreUs + haUs + brokerUs,
  };
}

function checkpointUs({ job }: Config, costs: Costs, sinkRequests = 0, stateReads = 0): number {
  const { messages, requests, steps } = CHECKPOINT;
  return (
    messages * costs.messageUs +
    requests * (costs.objectStoreUs + costs.haUs + costs.brokerUs) +
    sinkRequests * costs.objectStoreUs +
    costs.uploadUs +
    Math.max(DISK_REQUESTS.checkpoint, stateReads) * costs.diskUs +
    ((steps * (job.checkpointing.maxConcurrent + 1)) / 2) * costs.wholeStepUs
  );
}

/**
 * A checkpoint that finds no backlog must be able to succeed, or the job can never finish: its timeout is not below
 * this. What a backlog adds may well be too much, and is in some plans. `sinkRequests`: what a sink asks of the object store, one
 * request after the other, before it is ready; `stateReads`: what a full checkpoint of large state asks of the disk.
 */
export function checkpointLeastMs(config: Config, sinkRequests = 0, stateReads = 0): number {
  return Math.ceil(checkpointUs(config, costsOf(config, []), sinkRequests, stateReads) / 1000);
}

/** Steps of a task for a record that waits before a barrier, and exchanges on the way of a barrier from a source to a sink. */
const QUEUED_STEPS = 3;
const HOPS = 3;

/**
 * A job that survives no failed checkpoint must be able to complete one behind a backlog, or it starts again from the same place for
 * ever: its timeout is not below this. The backlog is what one turn emits, and at each of a few hops the buffers that are full.
 *
 * @param burst records of that turn: a watermark closes windows of many keys at once, the last one all that are open.
 */
export function backlogLeastMs(config: Config, burst: number): number {
  const { bufferRecords, outputBuffersMax, credits } = config.job;
  const full = outputBuffersMax + credits;
  const costs = costsOf(config, []);
  const stateUs = DISK_REQUESTS.record * costs.diskUs;
  const turnUs = burst * (costs.wholeStepUs + stateUs) + Math.ceil(burst / bufferRecords) * costs.bufferUs;
  const recordUs = QUEUED_STEPS * costs.wholeStepUs + stateUs + costs.serviceUs;
  const queuedUs = full * (bufferRecords * recordUs + costs.bufferUs);
  return Math.ceil((checkpointUs(config, costs) + turnUs + HOPS * queuedUs) / 1000);
}

/** What fires by the clock may take this share of the slowest task's time; the rest is more than a replay needs. */
const FIRING_SHARE = 0.75;

/**
 * Panes that fire again and again by the clock must leave the slowest task time for its input, or records come out for ever and no
 * input is read: the time between two firings of a pane is not below this. `panes`: that may be open at once in one task.
 */
export function firingLeastMs(config: Config, incidents: readonly Incident[], panes: number): number {
  const costs = costsOf(config, incidents);
  // What is emitted has to leave, too: a buffer takes a round trip, where one at a time may be under way.
  const leavesUs = (2 * costs.messageUs) / config.job.bufferRecords;
  const firingUs = costs.wholeStepUs + leavesUs + DISK_REQUESTS.record * costs.diskUs;
  return Math.ceil((panes * firingUs) / (1000 * FIRING_SHARE));
}

/** What a record takes in the memory of a sort, and on the disk; about. */
const SORT_RECORD = { memoryBytes: 160, diskBytes: 64 } as const;
/** A sort is written in blocks of this share of its memory, and so many runs are merged at once (`core/batch/external-sort.ts`). */
const SORT_RUNS = 16;
const SORT_BLOCK_BYTES = { min: 256, max: 32 * 1024 } as const;
/** So many failures of the disk an attempt of a stage may meet on the average: about one in seven meets none. */
const SORT_FAILURES_MAX = 2;

/**
 * In batch a stage that the disk fails runs again from its beginning, so an attempt of it must be able to meet no failure, or the
 * restarts run out before the disk heals. The memory for that many records is not below this: with more of it the disk is asked less.
 */
export function sortLeastBytes({ world, job }: Config, records: number): number {
  const failing =
    world.diskReadErrorPpm / 1_000_000 +
    (world.diskFullPer1000 + world.diskBitRotPer1000 + world.diskMisdirectedPer1000) / 1_000;
  let memoryBytes = job.sortMemoryBytes;
  while (failing * sortBlocks(memoryBytes, records) > SORT_FAILURES_MAX) memoryBytes *= 2;
  return memoryBytes;
}

/** Each is written and read once. */
function sortBlocks(memoryBytes: number, records: number): number {
  const runs = (records * SORT_RECORD.memoryBytes) / memoryBytes;
  if (runs <= 1) return 0;
  const { min, max } = SORT_BLOCK_BYTES;
  const blockBytes = Math.min(max, Math.max(min, memoryBytes / SORT_RUNS));
  let passes = 1;
  for (let left = runs; left >= SORT_RUNS; left /= SORT_RUNS) passes++;
  return passes * Math.ceil((records * SORT_RECORD.diskBytes) / blockBytes);
}

export interface Deadlines {
  /** When faults heal. */
  readonly chaosUs: number;
  /** By when an honest job has finished. */
  readonly settleUs: number;
}

/** What the job itself asks time for. */
export interface Demands {
  /** Of a job that never ends by itself: how long it takes until what has come shows in its watermarks. */
  readonly restPeriodMs?: number | undefined;
  /** A sink of it commits to the object store or to a service of its own. */
  readonly commitsOutside?: boolean;
}

/** When chaos ends, and by when an honest job has finished, as the model above says. */
export function deadlines(
  config: Config,
  incidents: readonly Incident[],
  topics: Topics,
  { restPeriodMs, commitsOutside = false }: Demands = {},
): Deadlines {
  const { job, world, cluster } = config;
  const costs = costsOf(config, incidents);
  const lengths = Object.values(topics).flatMap((partitions) => partitions.map(({ length }) => length));
  const records = recordCount(topics);
  const longest = Math.max(0, ...lengths);
  const quietUs = Math.ceil(longest / INPUT_BLOCK_RECORDS) * costs.inputBlockUs;
  const inputUs = longest * world.recordIntervalUs + quietUs;
  const timed = incidents.map(({ when }) => (when.kind === 'time' ? when.ms * 1000 : 0));
  const chaosUs = Math.max(inputUs, costs.inputLateUs, ...timed) + CHAOS_AFTER_INPUT_US;

  const noticedMs = job.heartbeatTimeoutMs + job.heartbeatIntervalMs + world.haSessionMs;
  const restartUs =
    1000 * (noticedMs + job.restartDelayMs + job.reconnectMs + job.resourceStabilizationMs + job.rescaleCooldownMs) +
    costs.restartUs +
    DISK_REQUESTS.restart * costs.diskUs +
    costs.copiesUs +
    RESTART_ROUND_TRIPS * costs.roundTripUs;
  const fetches = records / job.fetchMaxRecords + 1;
  const commitUs = commitsOutside ? COMMIT_REQUESTS * costs.objectStoreUs : 0;
  const recordUs =
    REPLAY_STEPS * costs.wholeStepUs +
    costs.bufferUs +
    DISK_REQUESTS.record * costs.diskUs +
    costs.serviceUs +
    commitUs;
  const replayUs = records * recordUs + fetches * costs.roundTripUs;
  const checkpointsUs = 1000 * job.checkpointing.timeoutMs + checkpointUs(config, costs);
  const backoffUs = 1000 * longestDelay(job.restartDelayMs);
  const roundUs = restartUs + replayUs + checkpointsUs + FINAL_ROUND_TRIPS * costs.roundTripUs;
  // In reactive mode the job begins anew when a task manager comes back, too.
  const returns = job.schedulerMode === 'reactive' ? cluster.taskManagers : 0;
  const { intervalMs, minPauseMs } = job.checkpointing;
  const restUs =
    restPeriodMs === undefined
      ? 0
      : 1000 * (restPeriodMs + REST_ROUNDS * (intervalMs + minPauseMs)) + REST_ROUNDS * roundUs;
  return {
    chaosUs,
    settleUs: Math.ceil(chaosUs + inputUs + (ROUNDS + costs.restarts + returns) * roundUs + backoffUs + restUs),
  };
}
