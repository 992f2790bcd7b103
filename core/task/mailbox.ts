/**
 * The mailbox of a task (Flink: `TaskMailbox`): letters wait here until a step takes them, and it is decided here what a
 * step takes.
 *
 *   1. all overtaking barriers    whether outputs have room or not
 *   2. a letter                   in order of arrival; that processing-time timers are due, or something has happened to a
 *                                 request, only while every output has room
 *   3. an element of the input    only while every output has room
 *
 * But no two of 1 and 2 follow each other while input could be taken: short timers, or checkpoints that are declined one after
 * the other, must not starve a slow task.
 * And where both wait, 1 and 2 take turns: where checkpoints are dense and the task is slow there is always another barrier, and a
 * timer that is due must not wait for the last of them.
 * Timers put out records as input does, so they wait for room as input does: else those of many panes could fill the outputs
 * for good, and the input that would close the panes would never be taken (SEMANTICS T4).
 */
import type { Actor } from '../waiting.ts';
import type { Letter } from './task-env.ts';

/** What the input of a task offers to its next step. */
export interface Offer {
  /** The next element is an overtaking barrier. */
  readonly hasOvertaking: boolean;
  /** There is input to take, and room for what it makes. */
  readonly canInput: boolean;
  /** Every output has room. */
  readonly hasRoom: boolean;
}

/** The place of no letter. */
const NONE = -1;

/** What puts out records as input does. */
const PUTS_OUT: ReadonlySet<Letter['kind']> = new Set<Letter['kind']>(['processing-time', 'request']);

export class Mailbox {
  readonly #actor: Actor;
  readonly #offer: Offer;
  #letters: Letter[] = [];
  /** The last step took a letter or an overtaking barrier. */
  #eventWasLast = false;
  /** The last of those was an overtaking barrier. */
  #overtakingWasLast = false;
  #paused: string | undefined;

  /** `actor`: takes the steps of the task. */
  constructor(actor: Actor, offer: Offer) {
    this.#actor = actor;
    this.#offer = offer;
  }

  post(letter: Letter): void {
    this.#letters.push(letter);
    this.#actor.wake();
  }

  /** Something that the task waits for may be there: another step, if there is. */
  wake(): void {
    if (this.hasWork) this.#actor.wake();
  }

  /** Why no step takes anything now; undefined while they do. */
  get paused(): string | undefined {
    return this.#paused;
  }

  /** No step takes anything until `resume`. `why`: for the wait-for explanation. */
  pause(why: string): void {
    this.#paused = why;
  }

  resume(): void {
    this.#paused = undefined;
    this.#actor.wake();
  }

  /** What the next step takes, unless the mailbox is paused; the letter is taken out. `input` also if there is nothing at all. */
  next(): Letter | 'overtaking' | 'input' {
    const offer = this.#offer;
    if (this.#eventWasLast && offer.canInput) {
      this.#eventWasLast = false;
      return 'input';
    }
    const at = this.#nextLetter();
    const letterIsDue = this.#overtakingWasLast && at !== NONE;
    const next = offer.hasOvertaking && !letterIsDue ? 'overtaking' : (this.#letterAt(at) ?? 'input');
    this.#eventWasLast = next !== 'input';
    if (this.#eventWasLast) this.#overtakingWasLast = next === 'overtaking';
    return next;
  }

  get hasWork(): boolean {
    if (this.#paused !== undefined) return false;
    return this.#nextLetter() !== NONE || this.#offer.hasOvertaking || this.#offer.canInput;
  }

  /** The place of the first letter that may be taken now. Asked several times a step: it makes no closure. */
  #nextLetter(): number {
    const letters = this.#letters;
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at];
      if (letter !== undefined && (!PUTS_OUT.has(letter.kind) || this.#offer.hasRoom)) return at;
    }
    return NONE;
  }

  #letterAt(at: number): Letter | undefined {
    return at === NONE ? undefined : this.#letters.splice(at, 1)[0];
  }

  /** The task has ended: letters that wait are dropped. */
  clear(): void {
    this.#letters = [];
  }
}
