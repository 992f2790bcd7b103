/**
 * The order of checkpoints at a task against its definition, over every order of events to the fixpoint (4 ids). The
 * reference keeps the whole history. What it reads of one id: whether it or a newer one was begun or given up, whether it
 * was aborted before that, whether it is under way: those are the key. Not here: the bound on remembered aborts, which
 * 4 ids do not reach (a test of its own).
 */
import { expect, it } from 'vitest';
import { type AbortAnswer, type BeginAnswer, CheckpointSequence } from './checkpoint-sequence.ts';
import { explore } from './testing/explore.ts';

interface Event {
  readonly kind: 'begin' | 'giveUp' | 'abort' | 'end';
  readonly checkpoint: number;
}
interface Observed {
  readonly answer: BeginAnswer | AbortAnswer | ReturnType<CheckpointSequence['giveUp']> | boolean;
  readonly running: string | undefined;
}
type History = readonly Event[];

const IDS = [1, 2, 3, 4];
const is = (event: Event, kind: Event['kind'], checkpoint: number): boolean =>
  event.kind === kind && event.checkpoint === checkpoint;
/** It, or a newer one, has been begun or given up at a barrier. */
const isPast = (history: History, checkpoint: number): boolean =>
  history.some((event) => (event.kind === 'begin' || event.kind === 'giveUp') && event.checkpoint >= checkpoint);
const isAborted = (history: History, checkpoint: number): boolean =>
  history.some((event) => is(event, 'abort', checkpoint));

/** It was taken, and since then it was neither given up, nor aborted, nor has it ended. */
function isRunning(history: History, checkpoint: number): boolean {
  const begun = history.findIndex((event) => is(event, 'begin', checkpoint));
  if (begun < 0) return false;
  const before = history.slice(0, begun);
  if (isPast(before, checkpoint) || isAborted(before, checkpoint)) return false;
  return !history.slice(begun).some((event) => event.checkpoint === checkpoint && event.kind !== 'begin');
}

function answer(history: History, { kind, checkpoint }: Event): Observed['answer'] {
  const past = isPast(history, checkpoint);
  if (kind === 'end') return isRunning(history, checkpoint);
  if (kind === 'begin') return past ? 'obsolete' : isAborted(history, checkpoint) ? 'cancelled' : 'take';
  if (past) return isRunning(history, checkpoint) ? 'cancel-async' : 'late';
  return kind === 'abort' ? 'remembered' : 'before-begin';
}

function known(history: History, checkpoint: number): string {
  const flags = [isPast(history, checkpoint), isAborted(history, checkpoint), isRunning(history, checkpoint)];
  return flags.map(Number).join('');
}

const EVENTS: readonly Event[] = IDS.flatMap((checkpoint) =>
  (['begin', 'giveUp', 'abort', 'end'] as const).map((kind) => ({ kind, checkpoint })),
);

function apply(sequence: CheckpointSequence, { kind, checkpoint }: Event): Observed {
  const given = sequence[kind](checkpoint);
  return { answer: given, running: sequence.describe().split('running ')[1] };
}

const GOLDEN = { states: 211, edges: 3_376 };

it(`takes, cancels and forgets checkpoints as its history defines: ${GOLDEN.states} states, ${GOLDEN.edges} edges`, () => {
  const extent = explore<CheckpointSequence, Event, Observed, History>({
    create: () => new CheckpointSequence(),
    apply,
    initial: [],
    enabled: () => EVENTS,
    step: (history, event, observed) => {
      const after = [...history, event];
      const running = IDS.filter((id) => isRunning(after, id)).join(',');
      expect(observed).toEqual({ answer: answer(history, event), running });
      return after;
    },
    key: (history, sequence) => `${IDS.map((id) => known(history, id)).join(' ')} / ${sequence.describe()}`,
  });
  expect(extent).toEqual(GOLDEN);
});

it('remembers a thousand aborts, and forgets those that a newer checkpoint has passed', () => {
  const sequence = new CheckpointSequence();
  for (let checkpoint = 1; checkpoint <= 1_001; checkpoint += 1) sequence.abort(checkpoint);
  expect(sequence.begin(1_000)).toBe('cancelled');
  sequence.abort(1_002);
  expect(sequence.begin(1_001)).toBe('take');
  expect(sequence.begin(1_002)).toBe('cancelled');
});
