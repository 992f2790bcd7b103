/** How laws make evidence: `note.value('expected', 7)`. Never throws, for any value that a job has emitted. */
import { messageOf } from '../../core/errors.ts';
import type { ChannelId } from '../../core/facts.ts';
import type { TimeWindow } from '../../core/job/functions.ts';
import type { Evidence, EvidenceItem, ShownValue } from '../evidence.ts';
import { canonical } from '../model/equal.ts';
import { type Cause, chainOf } from '../witness/cause.ts';

export type { Evidence, EvidenceItem } from '../evidence.ts';

export const note = {
  text: (label: string, text: string): EvidenceItem => ({ kind: 'text', label, text }),
  value: (label: string, value: unknown): EvidenceItem => ({ kind: 'value', label, value: shown(value) }),
  values: (label: string, values: readonly unknown[]): EvidenceItem => ({
    kind: 'values',
    label,
    values: values.map(shown),
  }),
  channel: (label: string, { edge, sender, receiver, attempt }: ChannelId): EvidenceItem => ({
    kind: 'channel',
    label,
    edge,
    sender,
    receiver,
    attempt,
  }),
  waits: (text: string): EvidenceItem => ({ kind: 'waits', label: 'waits', text }),
  window: (label: string, { start, end }: TimeWindow): EvidenceItem => ({ kind: 'window', label, start, end }),
};

/** The chain of records behind something, if the run is traced. */
export function because(cause: Cause | undefined): Evidence {
  return cause === undefined ? [] : [{ kind: 'cause', label: 'because', chain: chainOf(cause) }];
}

const TEXT_MAX = 400;

/** A value inside a sentence, cut short. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : textOf(value);
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}...` : text;
}

function shown(value: unknown): ShownValue {
  if (value === undefined) return null;
  // JSON has no NaN, no infinities and no -0.
  if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) return value;
  return typeof value === 'boolean' ? value : show(value);
}

function textOf(value: unknown): string {
  try {
    return canonical(value);
  } catch (error) {
    return messageOf(error);
  }
}
