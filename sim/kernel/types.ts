/**
 * The seams inside the universe: kernel, choices, processes. Virtual time is in whole microseconds.
 */
import type { Probe } from '../../core/facts.ts';

/** What the kernel calls. It knows targets, never engine messages. `id` goes into the digest; it is the same in every run of a plan. */
export interface Target {
  readonly id: number;
  fire(): void;
}

export interface Kernel {
  readonly nowUs: number;
  /** Order of events is (time, priority, sequence). A target may be scheduled any number of times. `delayUs` >= 0, whole. */
  schedule(delayUs: number, target: Target, priority?: number): void;
  /** A fresh target id. */
  nextId(): number;
  /** Fires the earliest event. False if there is none. */
  step(): boolean;
  /** Folds a number into the digest (anything; taken modulo 2^32). */
  fold(value: number): void;
  /** Folds a checksum of bytes that are handed to a port. */
  foldBytes(bytes: Uint8Array): void;
  readonly events: number;
}

/**
 * Named draws: value = f(key, label, k), unless the plan overrides the k-th draw of a label. 0 is by contract the calm
 * choice (least latency, FIFO, no fault), so removing an override always calms the run. Streams are made once per site.
 */
export interface Choices {
  stream(label: string): Stream;
}
export interface Stream {
  /** A whole number in [0, n); 0 is calm. n = 1 draws nothing. */
  below(n: number): number;
  /** True with probability `per1000` / 1000. */
  chance(per1000: number): boolean;
  /** Keyed by an identity (a send id, an offset), not by count. */
  at(id: number, n: number): number;
  /** As `chance`, keyed by an identity. */
  chanceAt(id: number, per1000: number): boolean;
}
/** One draw that differs from 0. `k` is the count of the label's earlier draws, or the identity for `at`. */
export interface Override {
  readonly label: string;
  readonly k: number;
  readonly value: number;
}
export type ChoicesSpec = { readonly seed: string } | { readonly explicit: readonly Override[] };

/** A host has a disk, a clock and an address; it outlives its processes. */
export interface SimHost {
  readonly name: string;
  /** The host's wall clock in whole milliseconds. */
  wallMs(): number;
  /** The host's monotonic clock in milliseconds (drift only). */
  monotonicMs(): number;
  /** Virtual microseconds until `delayMs` have gone by on the monotonic clock. */
  delayUs(delayMs: number): number;
}

/** A process as the services see it: who calls, whether it still lives, and how to get back in. */
export interface SimProcess {
  readonly id: string;
  readonly host: SimHost;
  readonly incarnation: number;
  readonly alive: boolean;
  /**
   * First statement of every port call. Throws `Killed` if the process is dead; counts the call (a kill may fire at
   * the n-th one, before the call has any effect); folds `site` into the digest.
   */
  portCall(site: string): void;
  /** The actor whose step is running does nothing for so much longer after it. Without effect outside steps. */
  occupy(us: number): void;
  /** Runs code inside the process; nothing if it is dead; swallows `Killed`; an escaping error ends the process and is reported. */
  enter(run: () => void): void;
  /** Called when the process dies, in order of registration: services drop what they keep for it. */
  onDeath(handler: () => void): void;
  readonly probe: Probe;
}

/** What every service of the world is made with. */
export interface WorldContext {
  readonly kernel: Kernel;
  readonly choices: Choices;
}
