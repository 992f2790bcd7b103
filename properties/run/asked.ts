/** What the oracles of a job's author were asked in a run: an oracle that is never asked proves nothing. */
import type { Asked, Outcome } from '../outcome.ts';
import type { WorldView } from '../world.ts';

export class AskedOracles {
  readonly #asked = new Map<string, Asked>();

  readonly add: WorldView['asked'] = (oracle, place, asked) => {
    const name = `${oracle}/${place}`;
    const before = this.#asked.get(name);
    const records = (before?.records ?? 0) + ('records' in asked ? asked.records : 0);
    const unjudged = 'records' in asked ? before?.unjudged : asked.unjudged;
    this.#asked.set(name, { oracle, place, records, unjudged });
  };

  inOutcome(): Pick<Outcome, 'asked'> {
    return this.#asked.size === 0 ? {} : { asked: [...this.#asked.values()] };
  }
}
