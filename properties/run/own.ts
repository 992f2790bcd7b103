/**
 * Laws and marks of a project's own, beside ours. Facts are stated inside of the engine's turns: what such a law throws
 * must not reach it, or the engine would be accused of it. It is reported as a violation of that law, and so is one that is
 * async: what it finds later, nobody would hear.
 */
import { FACT_KINDS, type FactKind, type Facts, type Probe } from '../../core/facts.ts';
import { messageOf, rethrowKilled } from '../../core/errors.ts';
import { ignoreRejection, isThenable } from '../../core/user-code.ts';
import { oncePerSignature } from '../laws/define.ts';
import type { Law } from '../laws/law.ts';
import type { LawsOfRun } from '../laws/index.ts';
import type { Mark } from '../marks/mark.ts';
import type { WorldView } from '../world.ts';

/** What a project adds to every run. */
export interface Own {
  readonly laws: readonly Law[];
  readonly marks: readonly Mark[];
}

export interface OwnOfRun {
  readonly probes: readonly Probe[];
  /** Names of the marks reached so far. */
  reached(): readonly string[];
  /** The laws of the run and these as one. */
  beside(laws: LawsOfRun): LawsOfRun;
}

export function listenWith({ laws, marks }: Own, view: WorldView): OwnOfRun {
  const reached = new Set<string>();
  const world: WorldView = { ...view, violated: oncePerSignature((violation) => view.violated(violation)) };
  const threw =
    (law: string, what: string) =>
    (error: unknown): void => {
      rethrowKilled(error);
      const message = `the ${what} itself failed: ${messageOf(error)}`;
      world.violated({ law, anomaly: 'threw', place: what, message, evidence: [] });
    };
  const listeners = laws.map((law) => {
    const onThrow = threw(law.name, 'law');
    const listener = guarded(() => law.listen(world), onThrow);
    return {
      probe: listener?.probe ?? {},
      settled: () => guarded<unknown>(() => listener?.settled?.(), onThrow),
      onThrow,
    };
  });
  const marking = marks.map((mark) => {
    const onThrow = threw(mark.name, 'mark');
    return { probe: guarded(() => mark.listen(world, () => void reached.add(mark.name)), onThrow) ?? {}, onThrow };
  });
  return {
    probes: [...listeners, ...marking].map(({ probe, onThrow }) => guardedProbe(probe, onThrow)),
    reached: () => [...reached],
    beside: (ours) => ({
      ...ours,
      settled() {
        ours.settled();
        for (const { settled } of listeners) settled();
      },
    }),
  };
}

function guarded<T>(body: () => T, onThrow: (error: unknown) => void): T | undefined {
  try {
    const result = body();
    if (!isThenable(result)) return result;
    ignoreRejection(result);
    onThrow(new Error('it returned a promise; facts are heard synchronously, so it must not be async'));
    return undefined;
  } catch (error) {
    onThrow(error);
    return undefined;
  }
}

/** It may be an object of a class, whose functions are not its own. */
function guardedProbe(probe: Probe, onThrow: (error: unknown) => void): Probe {
  const heard = FACT_KINDS.filter((kind) => probe[kind] !== undefined);
  return Object.fromEntries(heard.map((kind) => [kind, guardedHear(probe, kind, onThrow)]));
}

function guardedHear<K extends FactKind>(
  probe: Probe,
  kind: K,
  onThrow: (error: unknown) => void,
): (fact: Facts[K]) => void {
  return (fact) => {
    guarded<unknown>(() => probe[kind]?.(fact), onThrow);
  };
}
