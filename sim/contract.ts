/**
 * Contracts of replaceable parts and of the services: laws that hold for every implementation, ours and another one. A
 * clause is a coroutine over what it is given and knows neither the simulator nor a test runner, so any code that has
 * a driver can run it.
 */
import type { Coroutine, Pending } from '../core/waiting.ts';

/** `W`: what the clause is given, fresh for each clause. */
export interface Clause<W> {
  readonly law: string;
  check(world: W): Coroutine<void>;
}

/** A clause of a contract does not hold. */
export class ContractBroken extends Error {
  override readonly name = 'ContractBroken';
}

/** Compares plain values and byte sequences by content. `ContractBroken` if they differ. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [canonical(actual), canonical(expected)];
  if (got !== wanted) throw new ContractBroken(`${what}: expected ${wanted}, got ${got}`);
}

/** Waits for `attempt` and returns the name of the error that it ends with; `ContractBroken` if it does not fail. */
export function* failure(attempt: Pending<unknown>, what: string): Coroutine<string> {
  try {
    yield* attempt;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
  throw new ContractBroken(`${what}: expected a failure`);
}

/** One byte per character, below 256. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function text(of: Uint8Array): string {
  return String.fromCharCode(...of);
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) => (inner instanceof Uint8Array ? `bytes:${text(inner)}` : inner)) ??
    'undefined'
  );
}
