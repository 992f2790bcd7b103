/**
 * From facts to listeners. Every process states its facts through a probe of its own, so that facts of the dead are
 * dropped and a kill at a fact knows who stated it; all probes of a universe share one list of listeners per kind.
 *
 * A kind without a listener stays `undefined` in the probe: the engine takes one branch and builds no object.
 * Listeners are plain functions, called without `this`. One that throws has a bug: its error ends the run, not the process.
 */
import { Killed } from '../../core/errors.ts';
import { type FactKind, type Facts, perFactKind, type Probe, probeOf } from '../../core/facts.ts';
import type { LiveProcess } from './process.ts';

/** Incidents that wait for facts. */
export interface FactTriggers {
  waitsFor(kind: FactKind): boolean;
  /** The listeners have heard the fact; may kill the process that stated it. */
  factStated(kind: FactKind, fact: object, process: LiveProcess): void;
}

type Listener<K extends FactKind> = (fact: Facts[K]) => void;

/** Who hears the facts of a kind. Made once a universe: processes start often. */
interface Audience<K extends FactKind> {
  readonly listeners: readonly Listener<K>[];
  readonly triggers: FactTriggers | undefined;
}
type Audiences = { readonly [K in FactKind]: Audience<K> | undefined };

export class FactHub {
  /** The process that states the fact which the listeners are hearing now, or that stated the last one. */
  stating = '';
  /** Nobody hears what is stated. */
  hushed = false;
  readonly #audiences: Audiences;
  readonly #onListenerError: (error: unknown) => void;

  constructor(probes: readonly Probe[], triggers: FactTriggers, onListenerError: (error: unknown) => void) {
    this.#audiences = perFactKind((kind) => audience(kind, probes, triggers)) as Audiences;
    this.#onListenerError = onListenerError;
  }

  probeFor(process: LiveProcess): Probe {
    const audiences = this.#audiences;
    return probeOf((kind) => this.#stating(kind, audiences[kind], process));
  }

  #stating<K extends FactKind>(
    kind: K,
    audience: Audience<K> | undefined,
    process: LiveProcess,
  ): Listener<K> | undefined {
    if (audience === undefined) return undefined;
    const { listeners, triggers } = audience;
    const onListenerError = this.#onListenerError;
    return (fact) => {
      if (!process.alive || this.hushed) return;
      this.stating = process.id;
      try {
        // Every fact comes by here, most of them while this is not optimized yet: `for of` makes an iterator then.
        for (let i = 0; i < listeners.length; i++) {
          const hear = listeners[i];
          hear?.(fact);
        }
      } catch (error) {
        onListenerError(error);
      }
      if (triggers === undefined) return;
      triggers.factStated(kind, fact, process);
      if (!process.alive) throw new Killed(process.id);
    };
  }
}

function audience<K extends FactKind>(
  kind: K,
  probes: readonly Probe[],
  triggers: FactTriggers,
): Audience<K> | undefined {
  const listeners: Listener<K>[] = [];
  for (const probe of probes) {
    const hear = probe[kind];
    if (hear !== undefined) listeners.push(hear);
  }
  const awaited = triggers.waitsFor(kind);
  return listeners.length > 0 || awaited ? { listeners, triggers: awaited ? triggers : undefined } : undefined;
}
