/** A task as the task manager sees it, in either execution mode. */
import type { TaskId } from '../facts.ts';
import type { StateQuestion } from '../state/queried.ts';
import type { Letter } from './task-env.ts';

export interface RunningTask {
  readonly id: TaskId;
  start(): void;
  post(letter: Letter): void;
  cancel(): void;
  /** Between turns: what a state holds of a key. */
  readState(question: StateQuestion): void;
  /** For the wait-for explanation; undefined if it could go on. */
  readonly waitsFor: string | undefined;
}
