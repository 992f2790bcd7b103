/** What the engine checks of the values that the functions of one operator give it. */
import type { NodeSpec } from '../job/spec.ts';
import type { JobFault, JobFaultKind } from '../job-fault.ts';
import { isThenable, type UserCode } from '../user-code.ts';
import { showValue } from '../values/show.ts';
import { type Taker, takerOf } from '../values/taker.ts';

export class UserCalls {
  readonly user: UserCode;
  readonly uid: string;
  /** The function has `onTimer`. */
  hasOnTimer = true;
  readonly #output: Taker;
  readonly #sides: ReadonlyMap<string, Taker>;

  constructor({ uid, outType, sideOutputs }: Pick<NodeSpec, 'uid' | 'outType' | 'sideOutputs'>, user: UserCode) {
    this.user = user;
    this.uid = uid;
    this.#output = takerOf(outType);
    this.#sides = new Map(sideOutputs.map(({ tag, type }) => [tag, takerOf(type)]));
  }

  // ---- values that a function gives by calling the engine

  collected(value: unknown): void {
    this.user.bounds.emits();
    this.user.take(this.#output, value, 'collect');
  }

  collectedOn(tag: string, value: unknown): void {
    const taker = this.#sides.get(tag);
    if (taker === undefined) {
      const declared = [...this.#sides.keys()].join(', ');
      throw this.user.fault(
        'broken-rule',
        `output to the tag "${tag}", which the operator does not declare (it declares ${declared === '' ? 'none' : declared}); add it to its sideOutputs`,
      );
    }
    this.user.bounds.emits();
    this.user.take(taker, value, `output to "${tag}"`);
  }

  // ---- values that a function returns; `argument`: what it was called with, if that is not the record of the turn

  /** A record: it must be of the operator's output type. */
  record(result: unknown, where: string, argument?: unknown): void {
    this.ofType(this.#output, result, where, argument);
  }

  ofType(taker: Taker, result: unknown, where: string, argument?: unknown): void {
    if (taker.admit(result)) {
      if (taker.hasBytes) this.user.watchBytes(result, this.uid, `what ${where} returned`);
      return;
    }
    if (result === undefined || isThenable(result))
      throw this.refused(result, `a value (${taker.kind})`, where, argument);
    const reason = `${where} returned a value that is not of its type (${taker.kind}): ${taker.reason(result)}`;
    throw this.#fault('not-of-type', reason, argument);
  }

  /** A function that returns nothing; an async one returns a promise. */
  nothing(result: unknown, where: string): void {
    if (isThenable(result)) throw this.refused(result, 'nothing', where);
  }

  /** To be thrown. */
  refused(result: unknown, expected: string, where: string, argument?: unknown): JobFault {
    return (
      this.user.promised(result, where, this.uid, argument === undefined ? undefined : showValue(argument)) ??
      this.#fault('bad-result', `${where} returned ${showValue(result)}; it must return ${expected}`, argument)
    );
  }

  #fault(kind: JobFaultKind, message: string, argument: unknown): JobFault {
    return this.user.fault(kind, message, this.uid, argument === undefined ? undefined : showValue(argument));
  }
}
