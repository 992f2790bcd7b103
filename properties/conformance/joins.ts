/**
 * Joins that are told a story of elements and watermarks: made by the job API as an author would, by the engine and by the model;
 * of the interval join also what follows from the whole history (`model/pairs.ts`).
 */
import {
  defineJob,
  int32,
  int64,
  type JobEnvironment,
  type JobSpec,
  list,
  logSink,
  logSource,
  noWatermarks,
  outputTag,
  record,
  string,
  tuple,
  type TypeOf,
  type WindowAssigner,
  type WindowEvictor,
} from '../../core/api/index.ts';
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { NodeSpec } from '../../core/job/spec.ts';
import { IntervalJoinOperator } from '../../core/operators/interval-join-operator.ts';
import { OperatorTask } from '../../core/operators/testing/operator-host.ts';
import { WindowOperator } from '../../core/operators/windows/window-operator.ts';
import { createModel } from '../model/model.ts';
import { NO_TAPE } from '../model/testing/turns.ts';
import type { ModelTurn } from '../model/types.ts';
import { type Arrival, pairsOf } from '../model/pairs.ts';
import type { Output } from './family.ts';
import { contentsOf } from '../../core/state/testing/image.ts';

const element = record({ key: string, at: int64, id: int32 });
export type Element = TypeOf<typeof element>;
export type Item = readonly ['l' | 'r', string, number, number] | readonly ['w' | 'w1' | 'w2', number];

const elements = (env: JobEnvironment, topic: string) =>
  env.fromSource(logSource({ topic, type: element }), {
    uid: topic,
    watermarks: noWatermarks<Element>({ timestamp: ({ at }) => at }),
  });

const joined = tuple<readonly [string, number, number, number, number]>(string, int32, int32, int64, int64);
const [lateLeft, lateRight] = [outputTag('ll', element), outputTag('rl', element)];

export interface IntervalConfig {
  readonly lowerMs: number;
  readonly upperMs: number;
  readonly lowerExclusive: boolean;
  readonly upperExclusive: boolean;
}

/** Its pairs are [key, left id, right id, left time, right time]. */
export function intervalJob({ lowerMs, upperMs, lowerExclusive, upperExclusive }: IntervalConfig): JobSpec {
  return defineJob('interval-join', (env) => {
    const [left, right] = [elements(env, 'left'), elements(env, 'right')].map((one) => one.keyBy((e) => e.key, string));
    if (left === undefined || right === undefined) return;
    let join = left.intervalJoin(right).between(lowerMs, upperMs);
    if (lowerExclusive) join = join.lowerBoundExclusive();
    if (upperExclusive) join = join.upperBoundExclusive();
    const pairs = join
      .sideOutputLeftLateData(lateLeft)
      .sideOutputRightLateData(lateRight)
      .process<TypeOf<typeof joined>>(
        () => ({
          processElement: (l, r, ctx, out) => out.collect([l.key, l.id, r.id, ctx.leftTimestamp, ctx.rightTimestamp]),
        }),
        joined,
        { uid: 'join' },
      );
    // Another parallelism, so that the model sends to them.
    pairs.sinkTo(logSink({ topic: 'pairs', type: joined }), { uid: 'pairs' }).setParallelism(2);
    for (const tag of [lateLeft, lateRight])
      pairs
        .getSideOutput(tag)
        .sinkTo(logSink({ topic: tag.tag, type: element }), { uid: tag.tag })
        .setParallelism(2);
  });
}

export type Group = readonly [key: string, lefts: readonly number[], rights: readonly number[]];
const grouped = tuple<Group>(string, list(int32), list(int32));

/** Its groups are [key, left ids, right ids]; a pair is a group of one and one. */
export interface WindowJoinConfig {
  readonly kind: 'join' | 'coGroup';
  readonly assigner: WindowAssigner;
  readonly allowedLatenessMs?: number;
  readonly evictor?: WindowEvictor;
}

export function windowJob({ kind, assigner, allowedLatenessMs = 0, evictor }: WindowJoinConfig): JobSpec {
  const ids = (all: readonly Element[]): readonly number[] => all.map(({ id }) => id);
  return defineJob('window-join', (env) => {
    const [left, right] = [elements(env, 'left'), elements(env, 'right')];
    const pairs = left
      .join(right)
      .where((e) => e.key, string)
      .equalTo((e) => e.key)
      .window(assigner)
      .allowedLateness(allowedLatenessMs);
    const groups = left
      .coGroup(right)
      .where((e) => e.key, string)
      .equalTo((e) => e.key)
      .window(assigner)
      .allowedLateness(allowedLatenessMs);
    const windows =
      kind === 'join'
        ? (evictor === undefined ? pairs : pairs.evictor(evictor)).apply<Group>(
            (l, r) => [l.key, [l.id], [r.id]],
            grouped,
            { uid: 'join' },
          )
        : (evictor === undefined ? groups : groups.evictor(evictor)).apply<Group>(
            (l, r, { key }) => [[key, ids(l), ids(r)]],
            grouped,
            { uid: 'join' },
          );
    windows.sinkTo(logSink({ topic: 'out', type: grouped }), { uid: 'out' }).setParallelism(2);
  });
}

// ---- subjects

export interface Emitted {
  readonly tag: string | undefined;
  readonly value: unknown;
  readonly timestamp: Timestamp | undefined;
}
/** A join that is driven turn by turn. */
export interface JoinSubject {
  element(side: 'l' | 'r', element: Element): readonly Emitted[];
  advance(watermark: Timestamp): readonly Emitted[];
  /** States that hold something, and whether there are timers. */
  left(): readonly string[];
}

function joinOf({ nodes }: JobSpec): NodeSpec {
  const join = nodes.find(({ uid }) => uid === 'join');
  if (join === undefined) throw new Error('the job has no join');
  return join;
}

/** What the operator is given: a window over both sides has tagged elements. */
function givenTo({ operator }: NodeSpec, side: 'l' | 'r', value: Element): unknown {
  return operator.kind === 'window' ? { tag: side === 'l' ? 'left' : 'right', value } : value;
}

export function engine(job: JobSpec): JoinSubject {
  const join = joinOf(job);
  const { operator } = join;
  const task = new OperatorTask(
    string,
    (host) => {
      if (operator.kind === 'intervalJoin') return new IntervalJoinOperator(operator, host);
      if (operator.kind === 'window') return new WindowOperator(operator, host);
      throw new Error(`${operator.kind} is no join`);
    },
    undefined,
    join,
  );
  return {
    element: (side, value) => task.process(value.key, givenTo(join, side, value), value.at, side === 'l' ? 1 : 2),
    advance: (watermark) => task.advance(watermark),
    left: () => {
      const groups = contentsOf(task.snapshot());
      const states = groups.flatMap((group) => group.entries.map(({ state }) => state));
      return [...new Set([...states, ...groups.flatMap((group) => group.timers.map(() => 'timers'))])].sort();
    },
  };
}

export function model(job: JobSpec): JoinSubject {
  const join = joinOf(job);
  const instance = createModel(job).vertex('join').instance();
  const inputs = job.edges.filter(({ to }) => to === join.id).map(({ id }) => id);
  let watermark: Timestamp = MIN_TIMESTAMP;
  const emitted = ({ sends, mismatch }: ModelTurn): readonly Emitted[] => {
    if (mismatch !== undefined) throw new Error(mismatch);
    return sends.map(({ edge, value, timestamp }) => ({ tag: job.edges[edge]?.tag, value, timestamp }));
  };
  return {
    element: (side, value) => {
      const edge = inputs[side === 'l' ? 0 : 1] ?? -1;
      return emitted(instance.record(edge, givenTo(join, side, value), value.at, watermark, NO_TAPE));
    },
    advance: (to) => {
      watermark = to;
      return emitted(instance.advance(to, NO_TAPE));
    },
    left: () => {
      const { entries, timers } = instance.content();
      return [...new Set([...entries.map(({ state }) => state), ...timers.map(() => 'timers')])].sort();
    },
  };
}

/** Drives it; the watermark of an operator of two inputs is the least of both. */
export function drive(
  subject: JoinSubject,
  input: readonly Item[],
  shown: (emitted: Emitted) => Output,
): readonly Output[] {
  const watermarks = new Map<string, Timestamp>();
  let watermark: Timestamp = MIN_TIMESTAMP;
  return input.flatMap((item, step): Output[] => {
    const stepped = (all: readonly Emitted[]): Output[] =>
      all.map((one) => [step, ...(shown(one) as readonly unknown[])]);
    if (item.length === 4) {
      const [side, key, at, id] = item;
      return stepped(subject.element(side, { key, at, id }));
    }
    watermarks.set(item[0], item[1]);
    const least = item[0] === 'w' ? item[1] : leastOf(watermarks);
    if (least <= watermark) return [];
    watermark = least;
    return stepped(subject.advance(least));
  });
}
const leastOf = (watermarks: ReadonlyMap<string, Timestamp>): Timestamp =>
  Math.min(watermarks.get('w1') ?? MIN_TIMESTAMP, watermarks.get('w2') ?? MIN_TIMESTAMP);

export function shownPair({ tag, value, timestamp }: Emitted): Output {
  if (tag === undefined) return ['j', ...(value as readonly unknown[]), timestamp];
  const { key, id } = value as Element;
  return [tag, key, id, timestamp];
}

/** It is told the whole history of each key, and says what follows. */
export function intervalOracle(config: IntervalConfig, input: readonly Item[]): readonly Output[] {
  const { lowerMs, upperMs, lowerExclusive, upperExclusive } = config;
  const bounds = { lowerMs: lowerMs + Number(lowerExclusive), upperMs: upperMs - Number(upperExclusive) };
  const watermarks = new Map<string, Timestamp>();
  const seen: { readonly step: number; readonly key: string; readonly arrival: Arrival }[] = [];
  for (const [step, item] of input.entries()) {
    if (item.length === 2) watermarks.set(item[0], item[1]);
    else {
      const [side, key, at, id] = item;
      const watermark = leastOf(watermarks);
      seen.push({ step, key, arrival: { side: side === 'l' ? 'left' : 'right', value: id, at, watermark } });
    }
  }
  return [...new Set(seen.map(({ key }) => key))].flatMap((key) => {
    const own = seen.filter((one) => one.key === key);
    const fates = pairsOf(
      bounds,
      own.map(({ arrival }) => arrival),
    );
    return own.flatMap(({ step, arrival }, position): Output[] => {
      const fate = fates[position];
      const { side, value, at } = arrival;
      if (fate?.late === true) return [[step, side === 'left' ? 'll' : 'rl', key, value, at]];
      return (fate?.partners ?? []).map((partner) => {
        const [l, r] = side === 'left' ? [arrival, partner] : [partner, arrival];
        return [step, 'j', key, l.value, r.value, l.at, r.at, Math.max(l.at, r.at)];
      });
    });
  });
}
