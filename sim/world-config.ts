/**
 * The knobs of the world: how long things take, and how often the world is unkind by itself. All are whole numbers;
 * `Us` is microseconds, `Ms` milliseconds, `Per1000` a share in thousandths. A duration is `base + a draw below
 * (jitter + 1)`, so that a jitter of 0 draws nothing. What strikes at a chosen moment (a kill, a reset) is no knob but
 * an incident: see `incidents/incidents.ts`.
 */
export interface WorldConfig {
  readonly networkLatencyUs: number;
  readonly networkJitterUs: number;
  /** Share of connections (drawn once for each) whose messages take `slowLinkUs` longer, both ways. */
  readonly slowLinkPer1000: number;
  readonly slowLinkUs: number;

  readonly objectStoreLatencyUs: number;
  readonly objectStoreJitterUs: number;
  /** Share of puts that the store refuses, being unavailable. */
  readonly objectStoreRefusedPer1000: number;
  /** Share of puts that take `objectStoreStallMs` longer than usual. */
  readonly objectStoreStallPer1000: number;
  readonly objectStoreStallMs: number;

  readonly haLatencyUs: number;
  readonly haJitterUs: number;
  /** The lease of a dead holder ends this long after its death. */
  readonly haSessionMs: number;

  readonly brokerLatencyUs: number;
  readonly brokerJitterUs: number;
  /** An open transaction is aborted this long after its last request, by the broker's clock. */
  readonly brokerTransactionTimeoutMs: number;
  /** Record i of a source partition becomes visible at i x interval. 0: all are there from the start. */
  readonly recordIntervalUs: number;

  readonly diskLatencyUs: number;
  readonly diskJitterUs: number;
  /** Share of reads that return fewer bytes than asked for and there. */
  readonly diskShortReadPer1000: number;

  /** What one actor step costs: the actor's next step is at least so much later. */
  readonly stepCostUs: number;
  readonly stepJitterUs: number;
  /** Share of actors (drawn by name, once per incarnation of the process) whose steps cost `slowFactor` times as much. */
  readonly slowActorPer1000: number;
  readonly slowFactor: number;
  /** Share of actor wake-ups and timers that get a random place among the events of their instant. */
  readonly reorderPer1000: number;
  /** A reordered wake-up is also late by a draw of at most this. */
  readonly reorderDelayUs: number;

  /** Per host and for the whole run: the wall clock is off by a draw in [-n, n]. */
  readonly clockOffsetMs: number;
  /** Per host and for the whole run: both clocks are fast or slow by a draw in [-n, n] millionths. */
  readonly clockDriftPpm: number;
  /** Wall time at virtual time 0, before the host's offset. */
  readonly startEpochMs: number;

  /** Share of writes whose reply is lost: the caller hears `unknown`, and a further draw says whether it was applied. */
  readonly lostReplyPer1000: number;

  /** Share of the engine's buggify sites that are active in a run (drawn once per site). */
  readonly buggifySitePer1000: number;
  /** Share of the calls of an active site that fire. */
  readonly buggifyFirePer1000: number;
}

/** No jitter, no fault, exact clocks. A plan names what differs from it. */
export const calmWorld: WorldConfig = {
  networkLatencyUs: 200,
  networkJitterUs: 0,
  slowLinkPer1000: 0,
  slowLinkUs: 0,
  objectStoreLatencyUs: 5_000,
  objectStoreJitterUs: 0,
  objectStoreRefusedPer1000: 0,
  objectStoreStallPer1000: 0,
  objectStoreStallMs: 2_000,
  haLatencyUs: 1_000,
  haJitterUs: 0,
  haSessionMs: 500,
  brokerLatencyUs: 500,
  brokerJitterUs: 0,
  brokerTransactionTimeoutMs: 60_000,
  recordIntervalUs: 0,
  diskLatencyUs: 100,
  diskJitterUs: 0,
  diskShortReadPer1000: 0,
  stepCostUs: 10,
  stepJitterUs: 0,
  slowActorPer1000: 0,
  slowFactor: 1,
  reorderPer1000: 0,
  reorderDelayUs: 0,
  clockOffsetMs: 0,
  clockDriftPpm: 0,
  startEpochMs: 1_700_000_000_000,
  lostReplyPer1000: 0,
  buggifySitePer1000: 0,
  buggifyFirePer1000: 0,
};
