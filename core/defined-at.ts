/**
 * Where the author of a job has added its operators: what a report shows if no function of theirs is on the stack. A stack is
 * captured once an operator, never while a job runs, and becomes text only when it is asked for.
 */
import { userFrames } from './job-fault.ts';
import type { JobSpec } from './job/spec.ts';

const places = new WeakMap<object, Error>();

/** The caller's caller, and so on, is adding this operator. */
export function rememberPlace(operator: object): void {
  places.set(operator, new Error('defined here'));
}

/** The one is a copy of the other. */
export function samePlace(copy: object, operator: object): void {
  const place = places.get(operator);
  if (place !== undefined) places.set(copy, place);
}

/** The user's frames, the innermost first; none, if the operator was not made by the job API. */
export function placeOf(operator: object): readonly string[] {
  return userFrames(places.get(operator)?.stack ?? '');
}

/** The same, of the operator with this uid. */
export function definedAt(job: JobSpec, operator: string): readonly string[] {
  const node = job.nodes.find(({ uid }) => uid === operator);
  return node === undefined ? [] : placeOf(node.operator);
}

/** The line of the job that is being recorded. */
export function lineHere(): string | undefined {
  return lineOf(userFrames(new Error('here').stack ?? '')[0]);
}

/** "jobs/totals.ts:17:9" of a frame. */
export function lineOf(frame: string | undefined): string | undefined {
  return frame === undefined ? undefined : (/\(([^()]+)\)$/.exec(frame)?.[1] ?? frame.replace(/^at (?:async )?/, ''));
}
