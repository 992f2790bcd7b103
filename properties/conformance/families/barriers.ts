/** Barriers at a task: the engine's handler, and the references that keep the whole history. */
import { z } from 'zod';
import { type BarrierAction, createBarrierHandler } from '../../../core/checkpoint/barriers/barrier-handler.ts';
import {
  applied,
  type BarrierEvent,
  barrierOf,
  type BarrierReference,
  type BarrierStyle,
} from '../../../core/checkpoint/barriers/testing/barrier-events.ts';
import { SingleReference } from '../../../core/checkpoint/barriers/testing/single-reference.ts';
import { TrackerReference } from '../../../core/checkpoint/barriers/testing/tracker-reference.ts';
import { byStep, compareTexts, defineFamily, type Excuse, type Output, type VectorCase } from '../family.ts';

const ON_CHANNEL = ['b', 'B', 'a', 'c'] as const;
const schema = z.object({
  name: z.string(),
  config: z.object({ mode: z.enum(['aligned', 'unaligned', 'timeout', 'at-least-once']), channels: z.number() }),
  input: z.array(
    z.union([
      z.tuple([z.enum(ON_CHANNEL), z.number(), z.number()]),
      z.tuple([z.literal('end'), z.number()]),
      z.tuple([z.literal('timeout')]),
    ]),
  ),
  expected: z.array(z.array(z.unknown())),
  blockedAfter: z.array(z.array(z.number())),
});
type BarrierCase = z.infer<typeof schema>;
type Mode = BarrierCase['config']['mode'];

const STYLES: Readonly<Record<Mode, BarrierStyle>> = {
  aligned: 'aligned',
  unaligned: 'unaligned',
  timeout: 'timed',
  'at-least-once': 'loose',
};
const REASONS = {
  subsumed: 'CHECKPOINT_DECLINED_SUBSUMED',
  cancelled: 'CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER',
} as const;

type Answer = (event: BarrierEvent) => readonly BarrierAction[];

/** Drives a handler through a case, and writes down what it does in Flink's words. */
function answered({ config, input }: BarrierCase, answer: Answer): readonly Output[] {
  const blocked = new Set<number>();
  /** Announced barriers by id: the channels in whose queue they wait, and have not been made to overtake yet. */
  const queued = new Map<number, Set<number>>();
  let watched: number | undefined;
  const outputs: Output[] = [];
  const write = (step: number, action: BarrierAction): void => {
    const { checkpoint } = action;
    switch (action.kind) {
      case 'snapshot':
        outputs.push([step, 'snapshot', checkpoint, action.unaligned]);
        return;
      case 'abort':
        outputs.push([step, 'abort', checkpoint, REASONS[action.cause]]);
        return;
      case 'start':
      case 'stop':
        outputs.push([step, action.kind, checkpoint]);
        return;
      case 'prioritize':
        for (const channel of [...(queued.get(checkpoint) ?? [])].sort((a, b) => a - b)) {
          outputs.push([step, 'prioritize', checkpoint, channel]);
        }
        queued.delete(checkpoint);
        return;
      case 'block':
        blocked.add(action.channel);
        return;
      case 'unblock':
        blocked.clear();
        return;
      case 'await-timeout':
        watched = checkpoint;
        return;
      case 'obsolete':
    }
  };
  for (const [step, item] of input.entries()) {
    const event = eventOf(item, config.mode, watched);
    if (event?.kind === 'announcement') {
      const { checkpoint } = event.barrier;
      queued.set(checkpoint, (queued.get(checkpoint) ?? new Set()).add(event.channel));
    }
    if (event?.kind === 'barrier') queued.get(event.barrier.checkpoint)?.delete(event.channel);
    for (const action of event === undefined ? [] : answer(event)) write(step, action);
    outputs.push([step, 'blocked', ...[...blocked].sort((a, b) => a - b)]);
  }
  return outputs;
}

function eventOf(
  item: BarrierCase['input'][number],
  mode: Mode,
  watched: number | undefined,
): BarrierEvent | undefined {
  switch (item[0]) {
    case 'b':
      return { kind: 'barrier', channel: item[1], barrier: barrierOf(item[2], STYLES[mode], mode === 'unaligned') };
    case 'B':
      return { kind: 'barrier', channel: item[1], barrier: barrierOf(item[2], STYLES[mode], true) };
    case 'a':
      return { kind: 'announcement', channel: item[1], barrier: barrierOf(item[2], STYLES[mode], false) };
    case 'c':
      return { kind: 'cancel', channel: item[1], checkpoint: item[2] };
    case 'end':
      return { kind: 'end', channel: item[1] };
    case 'timeout':
      return watched === undefined ? undefined : { kind: 'timeout', checkpoint: watched };
  }
}

function byReference(one: BarrierCase): readonly Output[] {
  const { mode, channels } = one.config;
  let reference: BarrierReference =
    mode === 'at-least-once' ? new TrackerReference(channels) : new SingleReference(channels);
  return answered(one, (event) => {
    const { next, actions } = reference.heard(event);
    reference = next;
    return actions;
  });
}

/**
 * The inputs ('stop') and the task ('abort') are notified of the end of a checkpoint; neither sees when the other
 * hears it. Flink notifies the inputs first, we the task.
 */
function canonical(outputs: readonly Output[], one: BarrierCase): readonly Output[] {
  const isBlocked = (output: Output): boolean => Array.isArray(output) && output[1] === 'blocked';
  const blocked = outputs.some(isBlocked)
    ? []
    : one.blockedAfter.map((channels, step): Output => [step, 'blocked', ...channels]);
  const isEnd = (output: Output): boolean => Array.isArray(output) && (output[1] === 'stop' || output[1] === 'abort');
  return byStep([...outputs, ...blocked], one.input.length).flatMap((step) => {
    const first = step.findIndex(isEnd);
    if (first < 0) return step;
    let last = first;
    while (last + 1 < step.length && isEnd(step[last + 1])) last += 1;
    const ends = step.slice(first, last + 1).sort((a, b) => compareTexts(JSON.stringify(a), JSON.stringify(b)));
    return [...step.slice(0, first), ...ends, ...step.slice(last + 1)];
  });
}

/** For each event, the checkpoints that a barrier or an announcement has named before it. */
function namedBefore(input: BarrierCase['input'], step: number, kinds: readonly string[]): readonly number[] {
  return input.slice(0, step).flatMap((item) => (kinds.includes(item[0]) && item.length === 3 ? [item[2]] : []));
}

const cancelsOlder: Excuse<BarrierCase> = {
  row: 'cancel-older',
  from: ({ config, input }) => {
    if (config.mode === 'at-least-once') return -1;
    return input.findIndex(
      (item, step) => item[0] === 'c' && namedBefore(input, step, ['b', 'B', 'a']).some((id) => id < item[2]),
    );
  },
};
const cancelsAnnounced: Excuse<BarrierCase> = {
  row: 'cancel-announced',
  from: ({ input }) =>
    input.findIndex((item, step) => {
      if (item[0] !== 'c') return false;
      const hasCome = namedBefore(input, step, ['b', 'B']).includes(item[2]);
      return !hasCome && namedBefore(input, step, ['a']).includes(item[2]);
    }),
};
const leavesBehind: Excuse<BarrierCase> = {
  row: 'at-least-once-older',
  from: ({ config, input }) => {
    if (config.mode !== 'at-least-once') return -1;
    return input.findIndex(
      (item, step) => item.length === 3 && namedBefore(input, step, ['b']).some((id) => id < item[2]),
    );
  },
};

const family = (name: string) =>
  defineFamily<BarrierCase & VectorCase>({
    name,
    schema,
    subjects: [
      {
        name: 'engine',
        answer: (one) => {
          const { mode, channels } = one.config;
          const handler = createBarrierHandler({
            channels,
            mode: mode === 'at-least-once' ? 'at-least-once' : 'exactly-once',
          });
          return answered(one, (event) => applied(handler, event));
        },
      },
      { name: 'reference', answer: byReference },
    ],
    excuses: [cancelsOlder, cancelsAnnounced, leavesBehind],
    canonical,
  });

export const barriers = ['aligned', 'unaligned', 'timeout', 'at-least-once'].map((mode) => family(`barriers-${mode}`));
