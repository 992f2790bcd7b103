/** What the oracles of a job's author were asked in a run: an oracle that is never asked proves nothing. */
import type { Asked, Outcome } from '../outcome.ts';
import type { WorldView } from '../world.ts';

export class AskedOracles {
  readonly #asked = new Map<string, Asked>();

  readonly add: WorldView['asked'] = (oracle, place, asked) => {
    const name = `${oracle}/${place}`;
    const before = this.#asked.get(name) ?? { oracle, place, records: 0, unjudged: undefined };
    this.#asked.set(
      name,
      'records' in asked ? { ...before, records: before.records + asked.records } : { ...before, ...asked },
    );
  };

  inOutcome(): Pick<Outcome, 'asked'> {
    return this.#asked.size === 0 ? {} : { asked: [...this.#asked.values()] };
  }
}
