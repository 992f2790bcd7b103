/**
 * A host's clocks. Both run at (1 + drift) of virtual time; the wall clock also has an offset. Offset and drift are
 * drawn once per host and hold for the whole run; an incident may set the wall clock (`stepClock`).
 */
import { EngineBug } from '../../core/errors.ts';
import type { Choices, Kernel, SimHost } from './types.ts';

/** How a clock of a host differs from virtual time. */
export interface HostConfig {
  /** Wall time at virtual time 0, before the host's offset. */
  readonly startEpochMs: number;
  /** Per host and for the whole run: the wall clock is off by a draw in [-n, n]. */
  readonly clockOffsetMs: number;
  /** Per host and for the whole run: both clocks are fast or slow by a draw in [-n, n] millionths. */
  readonly clockDriftPpm: number;
}

export class Host implements SimHost {
  readonly name: string;
  readonly #kernel: Kernel;
  #epochMs: number;
  readonly #driftPpm: number;

  constructor(name: string, kernel: Kernel, choices: Choices, config: HostConfig) {
    this.name = name;
    this.#kernel = kernel;
    this.#epochMs = config.startEpochMs + signed(choices.stream(`clock-offset/${name}`), config.clockOffsetMs);
    this.#driftPpm = signed(choices.stream(`clock-drift/${name}`), config.clockDriftPpm);
  }

  wallMs(): number {
    return this.#epochMs + this.monotonicMs();
  }

  /** Sets the wall clock forward by so much, or back. */
  stepClock(byMs: number): void {
    this.#epochMs += byMs;
  }

  monotonicMs(): number {
    const nowUs = this.#kernel.nowUs;
    return Math.floor((nowUs + Math.floor((nowUs * this.#driftPpm) / 1_000_000)) / 1000);
  }

  /** Rounded up, so that a timer is never early by the clock that its owner reads. */
  delayUs(delayMs: number): number {
    if (!(delayMs >= 0 && delayMs <= Number.MAX_SAFE_INTEGER / 1_000_000)) {
      throw new EngineBug(`${this.name}: cannot wait for ${delayMs} ms`);
    }
    if (this.#driftPpm === 0) return Math.ceil(delayMs * 1000);
    return Math.ceil((delayMs * 1_000_000_000) / (1_000_000 + this.#driftPpm));
  }
}

/** A draw in [-n, n]: 0, 1, -1, 2, -2 ... so that 0 is calm and a small draw is a small deviation. */
function signed(stream: ReturnType<Choices['stream']>, n: number): number {
  const drawn = stream.below(2 * n + 1);
  return drawn % 2 === 1 ? (drawn + 1) / 2 : -drawn / 2;
}
