/** What each subtask of an operator without key is given at a restore: the engine's redistribution of handles, and the model's of items. */
import { z } from 'zod';
import { restoreOf } from '../../../core/checkpoint/restore/redistribution.ts';
import { FINISHED_SUBTASK, type SubtaskSnapshot } from '../../../core/checkpoint/storage/metadata.ts';
import { physicalGraph, type PhysicalVertex } from '../../../core/graph/physical.ts';
import { int32, json } from '../../../core/job/types.ts';
import type { NodeSpec } from '../../../core/job/spec.ts';
import { restoredLists } from '../../model/operator-state.ts';
import { compareTexts, defineFamily, type Output } from '../family.ts';
import { metadataWith } from '../../../core/checkpoint/storage/testing/metadata-with.ts';

const schema = z.object({
  name: z.string(),
  config: z.object({
    oldParallelism: z.number(),
    newParallelism: z.number(),
    states: z.record(z.string(), z.enum(['SPLIT_DISTRIBUTE', 'UNION', 'BROADCAST'])),
  }),
  /** By old subtask: state -> number of items. */
  input: z.array(z.record(z.string(), z.number())),
  expected: z.array(z.record(z.string(), z.array(z.tuple([z.number(), z.number()])))),
});
type RedistributionCase = z.infer<typeof schema>;
/** Old subtask and position. */
type Item = readonly [number, number];

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

const node: NodeSpec = {
  id: 0,
  uid: 'v',
  name: 'v',
  parallelism: undefined,
  maxParallelism: undefined,
  outType: int32,
  sideOutputs: [],
  operator: { kind: 'map', fn: (value) => value },
};

/** The state that a subtask has of each kind; broadcast state is one object for all names. */
function engine({ config, input }: RedistributionCase): readonly Output[] {
  const { newParallelism, states } = config;
  const subtasks = input.map((counts, subtask): SubtaskSnapshot => {
    const lists = Object.entries(counts).filter(([state]) => states[state] !== 'BROADCAST');
    const broadcast = Object.keys(counts).some((state) => states[state] === 'BROADCAST');
    return {
      ...FINISHED_SUBTASK,
      finished: false,
      operatorState: lists.map(([state, count]) => ({
        operator: 'v',
        state,
        mode: states[state] === 'UNION' ? 'union' : 'split',
        type: new Uint8Array(0),
        object: String(subtask),
        offsets: upTo(count + 1),
      })),
      broadcast: broadcast ? { object: String(subtask), at: 0, length: 1 } : null,
    };
  });
  const metadata = metadataWith({
    parallelism: subtasks.length,
    vertices: [{ uid: 'v', parallelism: subtasks.length, maxParallelism: 128, subtasks }],
  });
  const vertex: PhysicalVertex = {
    uid: 'v',
    nodes: [node],
    inEdges: [],
    outEdges: [],
    chainedEdges: [],
    keyed: false,
    parallelism: newParallelism,
    maxParallelism: 128,
  };
  const graph = physicalGraph({ name: 'job', nodes: [node], edges: [] }, 1);
  return restoreOf(vertex, metadata, graph).map(({ operatorState, broadcast }) => {
    const given = new Map<string, Item[]>();
    for (const { state, object, offsets } of operatorState) {
      const items = offsets.slice(0, -1).map((at): Item => [Number(object), at]);
      given.set(state, [...(given.get(state) ?? []), ...items]);
    }
    for (const { object } of broadcast) {
      const counts = input[Number(object)] ?? {};
      for (const [state, count] of Object.entries(counts)) {
        if (states[state] === 'BROADCAST')
          given.set(
            state,
            upTo(count).map((at): Item => [Number(object), at]),
          );
      }
    }
    return Object.fromEntries(given);
  });
}

function model({ config, input }: RedistributionCase): readonly Output[] {
  const { newParallelism, states } = config;
  const old = input.map((counts, subtask) =>
    Object.entries(counts)
      .filter(([state]) => states[state] !== 'BROADCAST')
      .map(([state, count]) => ({
        state,
        mode: states[state] === 'UNION' ? ('union' as const) : ('split' as const),
        type: json,
        items: upTo(count).map((at): Item => [subtask, at]),
      })),
  );
  const left = input
    .map((counts, subtask) => ({ counts, subtask }))
    .filter(({ counts }) => hasBroadcast(counts, states));
  return upTo(newParallelism).map((subtask) => {
    const lists = restoredLists(old, subtask, newParallelism).map(({ state, items }) => [state, items] as const);
    const from = left[subtask % left.length];
    const broadcast = Object.entries(from?.counts ?? {})
      .filter(([state]) => states[state] === 'BROADCAST')
      .map(([state, count]) => [state, upTo(count).map((at): Item => [from?.subtask ?? 0, at])] as const);
    return Object.fromEntries([...lists, ...broadcast]);
  });
}

function hasBroadcast(
  counts: Readonly<Record<string, number>>,
  states: RedistributionCase['config']['states'],
): boolean {
  return Object.keys(counts).some((state) => states[state] === 'BROADCAST');
}

/** States without items leave no trace; the order of the old subtasks within one new one is open in Flink. */
function canonical(outputs: readonly Output[]): readonly Output[] {
  return outputs.map((output) => {
    const states = z.record(z.string(), z.array(z.tuple([z.number(), z.number()]))).parse(output);
    return Object.entries(states)
      .filter(([, items]) => items.length > 0)
      .sort(([a], [b]) => compareTexts(a, b))
      .map(([state, items]) => [state, items.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])]);
  });
}

/** With several split lists, one of which leaves a remainder that another begins behind. */
function ordersLists({ config, input }: RedistributionCase): boolean {
  const { states, oldParallelism, newParallelism } = config;
  if (oldParallelism === newParallelism) return false;
  const split = Object.keys(states).filter((state) => states[state] === 'SPLIT_DISTRIBUTE');
  const total = (state: string): number => input.reduce((sum, counts) => sum + (counts[state] ?? 0), 0);
  return split.length > 1 && split.some((state) => total(state) % newParallelism > 0);
}

export const operatorStateRedistribution = defineFamily<RedistributionCase>({
  name: 'operator-state-redistribution',
  schema,
  subjects: [
    { name: 'engine', answer: engine },
    { name: 'model', answer: model },
  ],
  excuses: [{ row: 'list-state-order', from: (one) => (ordersLists(one) ? 0 : -1) }],
  canonical,
  stepless: true,
});
