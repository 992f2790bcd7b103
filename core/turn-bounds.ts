/**
 * What a turn may do at most: what is beyond takes no end. It is counted, so that a plan meets a bound in every run, at the
 * same element; a loop that calls nothing is for a watchdog outside of the engine.
 *
 * A record, or a timer, emits so many elements. A step that fires timers (an advance of the watermark, the processing-time
 * timers that are due) fires so many that its own timers have set. Left out: what a run does over all its steps.
 */
import type { JobFault } from './job-fault.ts';

/** A record is not split into so many. */
const EMISSIONS_MAX = 100_000;
/** Enough for a tick a minute over two months without data. */
const DUE_TIMERS_MAX = 100_000;

interface FiredTimer {
  readonly domain: string;
  readonly timestamp: number;
}

export class TurnBounds {
  readonly #fault: (kind: 'endless', message: string) => JobFault;
  #timer: FiredTimer | undefined;
  /** For the record, or the timer, that the turn is about. */
  #emissions = 0;
  /** Timers set in this step that fire in this step, too. */
  #dueTimers = 0;

  constructor(fault: (kind: 'endless', message: string) => JobFault) {
    this.#fault = fault;
  }

  /** A step begins that fires timers. */
  atStep(): void {
    this.#dueTimers = 0;
  }
  atRecord(): void {
    this.#timer = undefined;
    this.#emissions = 0;
  }
  atTimer(timer: FiredTimer): void {
    this.#timer = timer;
    this.#emissions = 0;
  }

  /** User code emits an element. @throws JobFault beyond the bound. */
  emits(): void {
    if (++this.#emissions <= EMISSIONS_MAX) return;
    const one = this.#timer === undefined ? 'record' : 'timer';
    throw this.#fault(
      'endless',
      `emits more than ${EMISSIONS_MAX} elements for one ${one}: what it loops over takes no end`,
    );
  }

  /** User code sets a timer. `watermark`: the effective one of its key. @throws JobFault beyond the bound. */
  setsTimer(domain: 'event' | 'processing', timestamp: number, watermark: number): void {
    const at = this.#timer;
    if (at?.domain !== domain || timestamp > (domain === 'event' ? watermark : at.timestamp)) return;
    if (++this.#dueTimers <= DUE_TIMERS_MAX) return;
    throw this.#fault(
      'endless',
      domain === 'event'
        ? `onTimer has set ${DUE_TIMERS_MAX} event-time timers that were due at once: at the end of the input time goes to ` +
            'its end, so a timer that always sets another one takes no end; set none that no data ask for'
        : `onTimer has set ${DUE_TIMERS_MAX} processing-time timers for a moment that has passed: set them for later than now`,
    );
  }
}
