/**
 * Processing-time timers that a job sets for ever keep a run busy until its virtual time is up, each in a turn of its own: no
 * turn is long, and no bound of a turn sees it. So the turns of a run are counted, too.
 */
import type { Probe } from '../../core/facts.ts';
import { job } from '../laws/job.ts';
import type { Violation } from '../outcome.ts';

/** No run of ours comes near. */
const TIMERS_MAX = 300_000;

export class EndlessTimers {
  readonly probe: Probe;
  #fired = 0;
  #last: { readonly operator: string; readonly timer: string } | undefined;

  /** `beyond`: the bound has passed; called once. */
  constructor(beyond: () => void, most = TIMERS_MAX) {
    this.probe = {
      processingTimerFired: ({ task, timestamp, key }) => {
        if (++this.#fired !== most) return;
        const timer = `processing-time timer ${timestamp} of key ${JSON.stringify(key) ?? 'undefined'}`;
        this.#last = { operator: task.vertex, timer };
        beyond();
      },
    };
  }

  /** Undefined: the run has kept within the bound. */
  violation(atUs: number): Violation | undefined {
    if (this.#last === undefined) return undefined;
    const { operator, timer } = this.#last;
    return {
      law: job.name,
      anomaly: 'endless',
      place: operator,
      message:
        `operator ${operator}: more than ${this.#fired} processing-time timers have fired in one run: ` +
        'a timer that always sets another one must leave more time between them, or come to an end',
      evidence: [{ kind: 'text', label: 'record', text: timer }],
      atUs,
    };
  }
}
