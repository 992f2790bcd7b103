/** The two ports by which choices come in: a process's random draws, and buggify. */
import type { Buggify, Random } from '../../core/ports.ts';
import type { NamedStream, SimChoices } from './choices.ts';
import type { LiveProcess } from './process.ts';

/** How often the engine misbehaves on purpose. */
export interface BuggifyConfig {
  /** Share of the engine's buggify sites that are active in a run (drawn once per site). */
  readonly buggifySitePer1000: number;
  /** Share of the calls of an active site that fire. */
  readonly buggifyFirePer1000: number;
}

export class ProcessRandom implements Random {
  readonly #process: LiveProcess;
  readonly #stream: NamedStream;

  constructor(process: LiveProcess, choices: SimChoices) {
    this.#process = process;
    this.#stream = choices.stream(`random/${process.id}`);
  }

  below(n: number): number {
    this.#process.assertAlive();
    return this.#stream.below(n);
  }
}

/** Two levels (D8): a site is active for the whole run or not at all; an active one fires per call. */
export class ProcessBuggify implements Buggify {
  readonly #process: LiveProcess;
  readonly #choices: SimChoices;
  readonly #config: BuggifyConfig;
  /** The draws of the sites that this process has asked for; undefined for an inactive one. */
  readonly #sites = new Map<string, NamedStream | undefined>();

  constructor(process: LiveProcess, choices: SimChoices, config: BuggifyConfig) {
    this.#process = process;
    this.#choices = choices;
    this.#config = config;
  }

  fires(site: string): boolean {
    this.#process.assertAlive();
    if (this.#config.buggifySitePer1000 === 0) return false;
    if (!this.#sites.has(site)) this.#sites.set(site, this.#activated(site));
    return this.#sites.get(site)?.chance(this.#config.buggifyFirePer1000) ?? false;
  }

  /** The same answer in every process of the run: the draw has an identity, no count. */
  #activated(site: string): NamedStream | undefined {
    const active = this.#choices.stream(`buggify-site/${site}`).chanceAt(0, this.#config.buggifySitePer1000);
    return active ? this.#choices.stream(`buggify/${this.#process.id}/${site}`) : undefined;
  }
}
