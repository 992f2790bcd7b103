/**
 * The interval join of the keys of one key group (SEMANTICS J1): who waits, and whom an element meets.
 *
 *     a pair        l, r of one key with l.at + lower <= r.at <= l.at + upper, when the second of them comes
 *     waits         from its arrival until the clean-up time of its own: the last moment at which a partner could be in time.
 *                   For a left one that is at + upper, for a right one at - lower, but never before its own time
 *     late          at < watermark: it meets nobody and does not wait
 *
 * What follows from a whole history, without state or timers, says `pairs.ts`.
 */
import type { Collector, OutputTag, Timestamp } from '../../core/job/functions.ts';
import type { JoinContext, ProcessJoinFunction } from '../../core/job/join-functions.ts';
import type { IntervalJoinSpec, JobSpec, NodeSpec } from '../../core/job/spec.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { Functions } from './functions.ts';
import { KeyedInstance, type KeyedTurn } from './instance.ts';
import { keyedHead, keyOf, secondInput, type Key, type KeyedHead } from './keyed.ts';
import { keyText } from './key-order.ts';
import type { StoredTypes } from './migrate.ts';
import { type StoredTimer, storeWith } from './store.ts';
import { LATEST } from './time.ts';
import type { FunctionLife, Handover, ModelInstance, Place } from './types.ts';

const LONG: TypeInfo = { kind: 'int64' };
type JoinFunction = ProcessJoinFunction<unknown, unknown, unknown>;
type Buffer = 'left-buffer' | 'right-buffer';

interface JoinHead extends KeyedHead {
  readonly spec: IntervalJoinSpec;
  readonly rightEdges: ReadonlySet<number>;
  readonly functions: Functions<JoinFunction>;
  /** Of functions that live as long as their task: so do their contexts. */
  readonly users: WeakMap<JoinFunction, JoinUser>;
}

export function joinHead(
  job: JobSpec,
  node: NodeSpec,
  spec: IntervalJoinSpec,
  life: FunctionLife,
): JoinHead & { opened(place: Place): void } {
  const functions = new Functions<JoinFunction>(
    node.uid,
    () => spec.create(),
    life,
    (fn, ctx) => fn.open?.(ctx),
  );
  const rightEdges = new Set(secondInput(job, node));
  const opened = (place: Place): void => void functions.opened(place);
  const { uid, inputs, main, sides } = keyedHead(job, node);
  return { uid, inputs, main, sides, spec, rightEdges, functions, users: new WeakMap(), opened };
}

function typesOf({ spec: { leftType, rightType } }: JoinHead): StoredTypes {
  return new Map([
    ['left-buffer', { kind: 'map', keyType: LONG, type: { kind: 'list', of: leftType } }],
    ['right-buffer', { kind: 'map', keyType: LONG, type: { kind: 'list', of: rightType } }],
  ]);
}

/** A function with its context, which is its collector, too. */
class JoinUser implements JoinContext, Collector<unknown> {
  readonly fn: JoinFunction;
  readonly place: Place;
  leftTimestamp = 0;
  rightTimestamp = 0;
  current: KeyedTurn | undefined = undefined;
  readonly #head: JoinHead;

  constructor(head: JoinHead, fn: JoinFunction, place: Place) {
    this.#head = head;
    this.fn = fn;
    this.place = place;
  }

  get timestamp(): Timestamp {
    return this.leftTimestamp > this.rightTimestamp ? this.leftTimestamp : this.rightTimestamp;
  }
  collect(value: unknown): void {
    const { log } = this.#now();
    this.#head.main(log, value, this.timestamp);
    log.operator = this.#head.uid;
  }
  output<T>(tag: OutputTag<T>, value: T): void {
    const { log } = this.#now();
    this.#head.sides.get(tag.tag)?.(log, value, this.timestamp);
    log.operator = this.#head.uid;
  }
  random(n: number): number {
    return this.#now().reader.random(n);
  }

  #now() {
    if (this.current === undefined) throw new Error('a context is only of use during a turn');
    return this.current;
  }
}

interface Element {
  readonly value: unknown;
  readonly at: Timestamp;
}

/** The keys of one key group. */
export class JoinInstance extends KeyedInstance<JoinHead> {
  #user: JoinUser | undefined;

  /** With the state of another version of the job. */
  static from(head: JoinHead, handover: Handover | undefined): JoinInstance {
    return new JoinInstance(head, storeWith(typesOf(head), handover));
  }

  protected element(at: KeyedTurn, edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    const { head } = this;
    const { log } = at;
    const { lowerMs, upperMs, lateLeftTag, lateRightTag } = head.spec;
    const key = keyOf(head, edge, value);
    const isRight = head.rightEdges.has(edge);
    if (timestamp === undefined) throw log.refuse('got a record without a timestamp');
    if (timestamp < at.eff) {
      const tag = isRight ? lateRightTag : lateLeftTag;
      log.late = tag === undefined ? 'dropped' : 'late-output';
      if (tag !== undefined) head.sides.get(tag)?.(log, value, timestamp);
      return;
    }
    const own = { value, at: timestamp };
    this.#wait(isRight ? 'right-buffer' : 'left-buffer', key, own);
    for (const other of this.#waiting(isRight ? 'left-buffer' : 'right-buffer', key)) {
      const [left, right] = isRight ? [other, own] : [own, other];
      const apart = right.at - left.at;
      if (lowerMs <= apart && apart <= upperMs) this.#meet(at, left, right);
    }
    this.store.registerTimer('event', this.#end(isRight, timestamp), key, undefined);
  }

  protected timer({ log }: KeyedTurn, { firing, keyText: text }: StoredTimer): void {
    this.store.ownTimers('event').removeLeast();
    log.fire(firing);
    const key = { value: firing.key, text };
    for (const buffer of ['left-buffer', 'right-buffer'] as const) {
      for (const { at } of this.#waiting(buffer, key)) {
        if (this.#end(buffer === 'right-buffer', at) === firing.timestamp)
          this.store.removeMapEntry(buffer, text, key.value, keyText(LONG, at));
      }
    }
  }

  protected override ended(): void {
    if (this.#user !== undefined) this.#user.current = undefined;
  }
  fork(): ModelInstance {
    return new JoinInstance(this.head, this.store.fork());
  }
  protected types(): StoredTypes {
    return typesOf(this.head);
  }

  // ---- who waits

  /** In order of their times, of one time in order of arrival. */
  #waiting(buffer: Buffer, { text }: Key): readonly Element[] {
    return this.store
      .mapEntries(buffer, text)
      .flatMap(([at, values]) => (values as readonly unknown[]).map((value) => ({ value, at: Number(at) })))
      .sort((a, b) => a.at - b.at);
  }
  #wait(buffer: Buffer, key: Key, { value, at }: Element): void {
    const entry = keyText(LONG, at);
    const before = this.store.mapEntry(buffer, key.text, entry)?.[1] ?? [];
    this.store.putMapEntry(buffer, key.text, key.value, entry, [at, [...(before as readonly unknown[]), value]]);
  }
  /** The last moment at which a partner of this one is not late, or its own time. */
  #end(isRight: boolean, at: Timestamp): Timestamp {
    const { lowerMs, upperMs } = this.head.spec;
    const last = isRight ? at - lowerMs : at + upperMs;
    return Math.min(Math.max(at, last), LATEST);
  }

  // ---- pairs

  #meet(at: KeyedTurn, left: Element, right: Element): void {
    const { log } = at;
    const user = this.#userAt(at.tape.place);
    user.current = at;
    user.leftTimestamp = left.at;
    user.rightTimestamp = right.at;
    log.pair({ left: left.value, right: right.value, leftTimestamp: left.at, rightTimestamp: right.at });
    log.operator = this.head.uid;
    user.fn.processElement(left.value, right.value, user, user);
  }

  #userAt(place: Place): JoinUser {
    const { functions, users } = this.head;
    const fn = functions.next(place, this.#user);
    const known = users.get(fn) ?? new JoinUser(this.head, fn, place);
    users.set(fn, known);
    return (this.#user = known);
  }
}
