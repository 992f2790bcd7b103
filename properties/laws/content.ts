/**
 * Compares what a snapshot's bytes hold of one key group with what the model holds. Order is not significant, neither of
 * entries nor of timers: both are sets. Groups are small, so each entry looks for its twin; large ones go through texts.
 */
import type { KeyGroupContent } from '../../core/state/backend.ts';
import { canonical, sameValue } from '../model/equal.ts';
import type { ModelContent } from '../model/types.ts';
import { type Evidence, show } from './define.ts';

export interface ContentDifference {
  readonly anomaly: 'state' | 'stored-timers';
  readonly evidence: Evidence;
}

type Entry = KeyGroupContent['entries'][number];
type Timer = KeyGroupContent['timers'][number];

/** The first difference; undefined if there is none. No model stands for an empty one. */
export function compareGroup(image: KeyGroupContent, model: ModelContent | undefined): ContentDifference | undefined {
  const entries = unmatched(image.entries, model?.entries ?? [], samePlace, entryText);
  const surplus = entries.actual;
  const due = entries.expected;
  if (surplus !== undefined || due !== undefined) {
    const name = due ?? surplus;
    return {
      anomaly: 'state',
      evidence: [
        ['state', show(name?.state)],
        ['key', show(name?.key)],
        ['window', show(name?.namespace)],
        ['expected', show(due?.value)],
        ['actual', show(due === undefined ? surplus?.value : image.entries.find((entry) => atSamePlace(entry, due))?.value)],
      ],
    };
  }
  const timers = unmatched(image.timers, model?.timers ?? [], sameTimer, timerText);
  if (timers.actual === undefined && timers.expected === undefined) return undefined;
  return {
    anomaly: 'stored-timers',
    evidence: [
      ['expected', timers.expected === undefined ? 'nothing' : show(timers.expected)],
      ['actual', timers.actual === undefined ? 'nothing' : show(timers.actual)],
    ],
  };
}

const SMALL = 8;

/** One element on each side that has no twin on the other. */
function unmatched<T>(
  actual: readonly T[],
  expected: readonly T[],
  same: (a: T, b: T) => boolean,
  text: (element: T) => string,
): { readonly actual: T | undefined; readonly expected: T | undefined } {
  if (actual.length <= SMALL && expected.length <= SMALL) {
    return {
      actual: actual.find((a) => !expected.some((b) => same(a, b))),
      expected: expected.find((b) => !actual.some((a) => same(a, b))),
    };
  }
  const actualTexts = new Set(actual.map(text));
  const expectedTexts = new Set(expected.map(text));
  return {
    actual: actual.find((a) => !expectedTexts.has(text(a))),
    expected: expected.find((b) => !actualTexts.has(text(b))),
  };
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
    a.timestamp === b.timestamp && a.domain === b.domain && sameNamespace(a.namespace, b.namespace) && sameValue(a.key, b.key)
  );
}

function entryText({ state, key, namespace, value }: Entry): string {
  return canonical([state, key, namespace?.start, namespace?.end, value]);
}
function timerText({ domain, timestamp, key, namespace }: Timer): string {
  return canonical([domain, timestamp, key, namespace?.start, namespace?.end]);
}
