/**
 * Compares what a snapshot's bytes hold of one key group with what the model holds. Order is not significant, neither of
 * entries nor of timers: both are sets. Groups are small, so each entry looks for its twin; large ones look by hash.
 */
import type { GroupContent } from '../../core/state/backend.ts';
import { sameValue } from '../model/equal.ts';
import type { ModelContent } from '../model/types.ts';
import { type Evidence, note } from './evidence.ts';
import { hashOf } from './value-hash.ts';

export interface ContentDifference {
  readonly anomaly: 'state' | 'stored-timers';
  readonly evidence: Evidence;
}

type Entry = GroupContent['entries'][number];
type Timer = GroupContent['timers'][number];

/** The first difference; undefined if there is none. No model stands for an empty one. */
export function compareGroup(image: GroupContent, model: ModelContent | undefined): ContentDifference | undefined {
  // Of most groups there is nothing, in the bytes and in the model.
  if (isEmpty(image) && (model === undefined || isEmpty(model))) return undefined;
  const entries = unmatched(image.entries, model?.entries ?? [], samePlace, entryHash);
  const surplus = entries.actual;
  const due = entries.expected;
  if (surplus !== undefined || due !== undefined) {
    const name = due ?? surplus;
    return {
      anomaly: 'state',
      evidence: [
        note.value('state', name?.state),
        note.value('key', name?.key),
        note.value('window', name?.namespace),
        note.value('expected', due?.value),
        note.value(
          'actual',
          due === undefined ? surplus?.value : image.entries.find((entry) => atSamePlace(entry, due))?.value,
        ),
      ],
    };
  }
  const timers = unmatched(image.timers, model?.timers ?? [], sameTimer, timerHash);
  if (timers.actual === undefined && timers.expected === undefined) return undefined;
  return {
    anomaly: 'stored-timers',
    evidence: [note.value('expected', timers.expected), note.value('actual', timers.actual)],
  };
}

function isEmpty({ entries, timers }: Pick<GroupContent, 'entries' | 'timers'>): boolean {
  return entries.length === 0 && timers.length === 0;
}

const SMALL = 4;

/** One element on each side that has no twin on the other. */
function unmatched<T>(
  actual: readonly T[],
  expected: readonly T[],
  same: (a: T, b: T) => boolean,
  hash: (element: T) => number,
): { readonly actual: T | undefined; readonly expected: T | undefined } {
  // Bytes that hold an element twice have the right ones and one too many.
  const twice = actual.length > expected.length ? heldTwice(actual, same) : undefined;
  if (actual.length > SMALL || expected.length > SMALL) return unmatchedByHash(actual, expected, twice, same, hash);
  return { actual: withoutTwin(actual, expected, same) ?? twice, expected: withoutTwin(expected, actual, same) };
}

function heldTwice<T>(elements: readonly T[], same: (a: T, b: T) => boolean): T | undefined {
  return elements.find((a, i) => elements.slice(0, i).some((b) => same(a, b)));
}

function withoutTwin<T>(elements: readonly T[], among: readonly T[], same: (a: T, b: T) => boolean): T | undefined {
  for (const element of elements) if (!isAmong(element, among, same)) return element;
  return undefined;
}
function isAmong<T>(element: T, among: readonly T[], same: (a: T, b: T) => boolean): boolean {
  for (const other of among) if (same(element, other)) return true;
  return false;
}

function unmatchedByHash<T>(
  actual: readonly T[],
  expected: readonly T[],
  twice: T | undefined,
  same: (a: T, b: T) => boolean,
  hash: (element: T) => number,
): { readonly actual: T | undefined; readonly expected: T | undefined } {
  const hasTwin = (among: readonly T[]): ((element: T) => boolean) => {
    const buckets = new Map<number, T[]>();
    for (const element of among) {
      const place = hash(element);
      const bucket = buckets.get(place);
      if (bucket === undefined) buckets.set(place, [element]);
      else bucket.push(element);
    }
    return (element) => buckets.get(hash(element))?.some((other) => same(element, other)) === true;
  };
  const expectedTwin = hasTwin(expected);
  const missing = actual.find((a) => !expectedTwin(a));
  if (missing === undefined && actual.length === expected.length) return { actual: undefined, expected: undefined };
  const actualTwin = hasTwin(actual);
  return { actual: missing ?? twice, expected: expected.find((b) => !actualTwin(b)) };
}

function sameNamespace(a: Entry['namespace'], b: Entry['namespace']): boolean {
  return a?.start === b?.start && a?.end === b?.end;
}
function atSamePlace(a: Entry, b: Entry): boolean {
  return a.state === b.state && sameNamespace(a.namespace, b.namespace) && sameValue(a.key, b.key);
}
function samePlace(a: Entry, b: Entry): boolean {
  return atSamePlace(a, b) && sameValue(a.value, b.value);
}
function sameTimer(a: Timer, b: Timer): boolean {
  return (
    a.timestamp === b.timestamp &&
    a.domain === b.domain &&
    sameNamespace(a.namespace, b.namespace) &&
    sameValue(a.key, b.key)
  );
}

/** By place only: values may be large, and are compared then. */
function entryHash({ state, key, namespace }: Entry): number {
  return (Math.imul(hashOf(key), 31) + hashOf(state) + hashOf(namespace?.start)) | 0;
}
function timerHash({ timestamp, key }: Timer): number {
  return (Math.imul(hashOf(key), 31) + hashOf(timestamp)) | 0;
}
