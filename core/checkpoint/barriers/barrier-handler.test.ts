/**
 * Barriers at a task against their definition, explored to the fixpoint: what a world that keeps to the protocol can bring
 * (`testing/barrier-world.ts`), and then everything in any order. After every event
 *
 *   - the actions are those of a reference that keeps the whole history (`testing/*-reference.ts`), in the same order, and
 *     it waits for the same channels;
 *   - what is taken and aborted rises, because what goes downstream must: none twice, none after a newer one of either;
 *   - channels are blocked only while something is pending, and what was started is stopped when that is over;
 *   - in the world: where a channel is blocked, every channel that is waited for can still bring its barrier or its end.
 *
 * States are distinguished by all fields of the handler, all that the reference can still read of its history, and the
 * world; in the world, states that differ in the numbers of the channels only are one (in any order they are not).
 * Not here: what the task does with the actions, and whether each sender keeps to the protocol (laws over whole runs).
 */
import { describe, expect, it } from 'vitest';
import { assert } from '../../errors.ts';
import {
  type BarrierAction,
  type BarrierHandler,
  type BarrierHandlerDescription,
  createBarrierHandler,
  type DescribedBarrierHandler,
} from './barrier-handler.ts';
import {
  applied,
  type BarrierEvent,
  barrierOf,
  type BarrierReference,
  type BarrierStyle,
} from './testing/barrier-events.ts';
import { canBring, describeWorld, possibleIn, type World, worldAfter, worldOf } from './testing/barrier-world.ts';
import { explore, type Extent } from './testing/explore.ts';
import { SingleReference } from './testing/single-reference.ts';
import { TrackerReference } from './testing/tracker-reference.ts';

/** The largest of them takes two to three seconds when nothing else runs. */
const TIMEOUT_MS = 60_000;

type Mode = 'exactly-once' | 'at-least-once';

/** What can be observed of a handler in any mode. */
interface Seen {
  readonly taken: number;
  readonly aborted: readonly number[];
  readonly kept: number | undefined;
  readonly blocked: readonly number[];
}
interface Model {
  readonly reference: BarrierReference;
  readonly seen: Seen;
  readonly ended: readonly number[];
}

const newestOf = (ids: readonly number[]): number => Math.max(0, ...ids);

function seenAfter(seen: Seen, action: BarrierAction): Seen {
  const { checkpoint } = action;
  switch (action.kind) {
    case 'snapshot':
      assert(checkpoint > seen.taken, () => `snapshot ${checkpoint} after snapshot ${seen.taken}`);
      assert(
        checkpoint > newestOf(seen.aborted),
        () => `snapshot of ${checkpoint} after the abort of ${newestOf(seen.aborted)}`,
      );
      return { ...seen, taken: checkpoint };
    case 'abort':
      assert(checkpoint > newestOf(seen.aborted), () => `${checkpoint} is aborted after ${newestOf(seen.aborted)}`);
      assert(checkpoint >= seen.taken, () => `${checkpoint} is aborted after snapshot ${seen.taken}`);
      return { ...seen, aborted: [...seen.aborted, checkpoint].sort((a, b) => a - b) };
    case 'start':
      assert(seen.kept === undefined, () => `${checkpoint} starts before the end of another one`);
      return { ...seen, kept: checkpoint };
    case 'stop':
      assert(seen.kept === checkpoint, () => `${checkpoint} stops and was not started`);
      return { ...seen, kept: undefined };
    case 'block':
      return { ...seen, blocked: [...new Set([...seen.blocked, action.channel])].sort((a, b) => a - b) };
    case 'unblock':
      assert(seen.blocked.length > 0, () => 'nothing is blocked');
      return { ...seen, blocked: [] };
    case 'obsolete':
    case 'prioritize':
    case 'await-timeout':
      return seen;
  }
}

/** Compared as text first: `expect` is slow, and good at telling the difference. */
function agreed(
  reference: BarrierReference,
  event: BarrierEvent,
  actions: readonly BarrierAction[],
  { waitsFor }: BarrierHandler,
): BarrierReference {
  const { next, actions: expected } = reference.heard(event);
  const awaited = next.waitsFor;
  if (actions.length + expected.length > 0 && JSON.stringify(actions) !== JSON.stringify(expected)) {
    expect(actions).toEqual(expected);
  }
  const isSame = waitsFor?.checkpoint === awaited?.checkpoint && waitsFor?.channels.join() === awaited?.channels.join();
  if (!isSame) expect(waitsFor).toEqual(awaited);
  return next;
}

function stepped(
  model: Model,
  event: BarrierEvent,
  actions: readonly BarrierAction[],
  handler: DescribedBarrierHandler,
): Model {
  const reference = agreed(model.reference, event, actions, handler);
  const seen = actions.reduce(seenAfter, model.seen);
  const waitsFor = handler.waitsFor;
  assert(
    waitsFor !== undefined || (seen.blocked.length === 0 && seen.kept === undefined),
    () => 'blocked or kept for nothing',
  );
  return { reference, seen, ended: event.kind === 'end' ? [...model.ended, event.channel] : model.ended };
}

interface WorldModel {
  readonly reference: BarrierReference;
  readonly world: World;
}

function steppedInWorld(
  model: WorldModel,
  event: BarrierEvent,
  actions: readonly BarrierAction[],
  handler: DescribedBarrierHandler,
): WorldModel {
  const reference = agreed(model.reference, event, actions, handler);
  const world = worldAfter(model.world, event, actions);
  const { waitsFor } = handler;
  if (waitsFor === undefined || world.channels.every(({ blocked }) => !blocked)) return { reference, world };
  for (const channel of waitsFor.channels) {
    const { checkpoint } = waitsFor;
    assert(
      canBring(world, channel, checkpoint),
      () => `${checkpoint} waits for channel ${channel}, which cannot bring it`,
    );
  }
  return { reference, world };
}

/** Every event that has a name. */
function everything(channels: number, ids: number, styleOf: readonly BarrierStyle[]): BarrierEvent[] {
  const events: BarrierEvent[] = [];
  for (let checkpoint = 1; checkpoint <= ids; checkpoint += 1) {
    const style = styleOf[checkpoint - 1] ?? 'timed';
    const inTurn = barrierOf(checkpoint, style, false);
    events.push({ kind: 'trigger', barrier: inTurn }, { kind: 'cancel', channel: 0, checkpoint });
    events.push({ kind: 'abort', checkpoint }, { kind: 'timeout', checkpoint });
    for (let channel = 0; channel < channels; channel += 1) {
      events.push({ kind: 'barrier', channel, barrier: inTurn }, { kind: 'announcement', channel, barrier: inTurn });
      if (style !== 'timed') continue;
      events.push({ kind: 'barrier', channel, barrier: { ...inTurn, overtook: true } });
      events.push({ kind: 'barrier', channel, barrier: { ...inTurn, timed: false } });
    }
  }
  for (let channel = 0; channel < channels; channel += 1) events.push({ kind: 'end', channel });
  return events;
}

const NOTHING_SEEN: Seen = { taken: 0, aborted: [], kept: undefined, blocked: [] };
const referenceOf = (mode: Mode, channels: number): BarrierReference =>
  mode === 'exactly-once' ? new SingleReference(channels) : new TrackerReference(channels);

/** `symmetric`: states that differ in the numbers of the channels only are one. */
function joined(descriptions: readonly BarrierHandlerDescription[], symmetric: boolean): string {
  const [first] = descriptions;
  const channels = first?.channels.map((_, index) => descriptions.map((one) => one.channels[index]).join(' ')) ?? [];
  if (symmetric) channels.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return [...descriptions.map(({ shared }) => shared), ...channels].join(' | ');
}

function exploredInWorld(mode: Mode, channels: number, ids: number, styles: readonly BarrierStyle[]): Extent {
  return explore<DescribedBarrierHandler, BarrierEvent, readonly BarrierAction[], WorldModel>({
    create: () => createBarrierHandler({ channels, mode }),
    apply: applied,
    initial: { reference: referenceOf(mode, channels), world: worldOf(channels, ids, styles) },
    enabled: ({ world }) => possibleIn(world),
    step: steppedInWorld,
    key: ({ reference, world }, handler) =>
      joined([reference.describe(), describeWorld(world), handler.describe()], true),
  });
}

function exploredInAnyOrder(mode: Mode, channels: number, styleOf: readonly BarrierStyle[]): Extent {
  const events = everything(channels, styleOf.length, styleOf);
  return explore<DescribedBarrierHandler, BarrierEvent, readonly BarrierAction[], Model>({
    create: () => createBarrierHandler({ channels, mode }),
    apply: applied,
    initial: { reference: referenceOf(mode, channels), seen: NOTHING_SEEN, ended: [] },
    // A cancel marker stands for one on any channel.
    enabled: ({ ended }) =>
      events.filter((event) => event.kind === 'cancel' || !('channel' in event) || !ended.includes(event.channel)),
    step: stepped,
    key: ({ reference, seen }, handler) =>
      `${joined([reference.describe(), handler.describe()], false)} ${JSON.stringify(seen)}`,
  });
}

describe('in a world that keeps to the protocol', () => {
  const golden: readonly (readonly [Mode, number, number, readonly BarrierStyle[], Extent])[] = [
    ['exactly-once', 2, 2, ['aligned', 'timed', 'unaligned'], { states: 4_359, edges: 25_050 }],
    ['exactly-once', 2, 3, ['aligned', 'unaligned'], { states: 3_849, edges: 22_303 }],
    ['exactly-once', 2, 3, ['aligned', 'timed'], { states: 35_810, edges: 311_424 }],
    ['exactly-once', 3, 2, ['aligned', 'unaligned'], { states: 3_156, edges: 16_113 }],
    ['exactly-once', 3, 2, ['aligned', 'timed'], { states: 27_624, edges: 209_314 }],
    ['at-least-once', 2, 3, ['loose', 'aligned'], { states: 3_010, edges: 17_356 }],
    ['at-least-once', 3, 2, ['loose', 'aligned'], { states: 1_527, edges: 8_171 }],
  ];
  for (const [mode, channels, ids, styles, extent] of golden) {
    const size = `${extent.states} states, ${extent.edges} edges`;
    it(
      `${mode}, ${channels} channels x ${ids} ids, ${styles.join(' or ')}: ${size}`,
      () => {
        expect(exploredInWorld(mode, channels, ids, styles)).toEqual(extent);
      },
      TIMEOUT_MS,
    );
  }
});

describe('in any order', () => {
  const golden: readonly (readonly [Mode, number, readonly BarrierStyle[], Extent])[] = [
    ['exactly-once', 2, ['timed', 'timed', 'timed'], { states: 1_288, edges: 32_044 }],
    ['exactly-once', 3, ['timed', 'timed'], { states: 2_348, edges: 50_374 }],
    ['at-least-once', 2, ['loose', 'loose', 'loose'], { states: 224, edges: 5_012 }],
    ['at-least-once', 2, ['loose', 'aligned', 'loose'], { states: 368, edges: 7_146 }],
    ['at-least-once', 2, ['aligned', 'loose', 'aligned'], { states: 453, edges: 8_530 }],
    ['at-least-once', 3, ['aligned', 'loose'], { states: 494, edges: 7_432 }],
    ['at-least-once', 3, ['loose', 'aligned'], { states: 613, edges: 9_719 }],
  ];
  for (const [mode, channels, styleOf, extent] of golden) {
    it(
      `${mode}, ${channels} channels x ${styleOf.join()}: ${extent.states} states, ${extent.edges} edges`,
      () => {
        expect(exploredInAnyOrder(mode, channels, styleOf)).toEqual(extent);
      },
      TIMEOUT_MS,
    );
  }
});
