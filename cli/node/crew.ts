/**
 * The workers of a campaign: each question goes to one that is free, or waits for one. One that has ended is replaced when it
 * is its turn. A question may name a worker that must not be the one to answer.
 */
import type { Answer, Child } from './child.ts';
import type { ToWorker } from './protocol.ts';

export interface Answered {
  readonly answer: Answer;
  readonly by: Child;
}

interface Question {
  readonly message: ToWorker;
  readonly besides: Child | undefined;
  readonly resolve: (answered: Answered) => void;
  readonly reject: (error: unknown) => void;
}

export class Crew {
  readonly #fork: () => Child;
  readonly #children: Child[];
  #waiting: readonly Question[] = [];
  #closed = false;

  constructor(fork: () => Child, size: number) {
    this.#fork = fork;
    this.#children = Array.from({ length: size }, fork);
  }

  /** As `Child.ask`. */
  ask(message: ToWorker): Promise<Answered> {
    return this.#ask(message, undefined);
  }

  /** Before what is waiting, because somebody waits with the rest of it. There have to be two workers. */
  askAnother(message: ToWorker, besides: Child): Promise<Answered> {
    return this.#ask(message, besides);
  }

  close(): void {
    this.#closed = true;
    for (const child of this.#children) child.close();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(closedError());
  }

  #ask(message: ToWorker, besides: Child | undefined): Promise<Answered> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      const question = { message, besides, resolve, reject };
      this.#waiting = besides === undefined ? [...this.#waiting, question] : [question, ...this.#waiting];
      this.#assign();
    });
  }

  #assign(): void {
    for (const question of this.#waiting) {
      const { message, besides, resolve, reject } = question;
      const by = this.#free(besides);
      if (by === undefined) continue;
      this.#waiting = this.#waiting.filter((one) => one !== question);
      by.ask(message)
        .then((answer) => resolve({ answer, by }), reject)
        .finally(() => {
          if (!this.#closed) this.#assign();
        });
    }
  }

  #free(besides: Child | undefined): Child | undefined {
    const at = this.#children.findIndex((child) => !child.busy && (child !== besides || child.ended));
    const child = this.#children[at];
    if (child?.ended !== true) return child;
    const successor = this.#fork();
    this.#children[at] = successor;
    return successor;
  }
}

function closedError(): Error {
  return new Error('the pool was closed');
}
