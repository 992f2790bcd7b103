/** A script whose job asks an external service: what comes back of the requests, and which results go out. */
import type { ModelAsync } from '../model/types.ts';
import type { Member } from './cluster.ts';
import { Script } from './script.ts';

export class AsyncScript extends Script {
  readonly #uid: string;
  /** By element: the newest request. */
  readonly #nth = new Map<number, number>();

  /** `uid`: of the operator that asks; its subtask 0 does all of it. */
  constructor(options: ConstructorParameters<typeof Script>[0], uid = 'ask') {
    super(options);
    this.#uid = uid;
  }

  /** The elements that the restored checkpoint holds are asked about again, in order. */
  resume(): this {
    this.#nth.clear();
    const { member, async } = this.#asking();
    for (const { items } of member.broadcast?.lists() ?? []) {
      for (const [element, item] of items.entries()) {
        const { value, timestamp } = item as { readonly value: unknown; readonly timestamp: number | null };
        this.state('asyncResumed', { task: member.id, element, value, timestamp: timestamp ?? undefined });
        this.effects(member, async.resumed(value, timestamp ?? undefined, this.tape(member)));
        this.state('turnEnded', { task: member.id });
      }
    }
    return this;
  }

  /** The service answers; `counts`: unless it has before. */
  answer(element: number, value: unknown, counts = true): this {
    return this.#hears(element, 'answered', value, counts);
  }

  fail(element: number, outcome: 'failed' | 'throttled' = 'failed'): this {
    return this.#hears(element, outcome, undefined, true);
  }

  retry(element: number): this {
    const nth = this.#newest(element) + 1;
    this.#nth.set(element, nth);
    const { member, async } = this.#asking();
    this.state('asyncSent', { task: member.id, element, nth });
    async.sent(element, nth);
    return this;
  }

  expire(element: number): this {
    const { member, async } = this.#asking();
    this.state('asyncTimedOut', { task: member.id, element });
    async.timedOut(element);
    return this;
  }

  /** Results go out, and the watermarks that they held up. */
  leave(...elements: readonly number[]): this {
    for (const element of elements) this.#complete(element, 'answer');
    return this;
  }
  leaveWithout(element: number): this {
    this.#complete(element, 'timeout');
    return this;
  }

  #complete(element: number, by: 'answer' | 'timeout'): void {
    const { member, async } = this.#asking();
    this.state('asyncCompleted', { task: member.id, element, by });
    this.effects(member, async.completed(element, by, this.tape(member)));
    this.state('turnEnded', { task: member.id });
    this.sendWatermark(member, async.forwarded);
  }

  #hears(element: number, outcome: 'answered' | 'failed' | 'throttled', value: unknown, counts: boolean): this {
    const { member, async } = this.#asking();
    const nth = this.#newest(element);
    this.state('asyncAnswered', { task: member.id, element, nth, outcome, value, counts });
    async.answered(element, nth, outcome, value);
    return this;
  }

  #newest(element: number): number {
    return this.#nth.get(element) ?? 1;
  }

  #asking(): { readonly member: Member; readonly async: ModelAsync } {
    const member = this.memberAt(this.#uid, 0);
    const async = member.broadcast?.async;
    if (async === undefined) throw new Error(`${this.#uid} asks no service`);
    return { member, async };
  }
}
