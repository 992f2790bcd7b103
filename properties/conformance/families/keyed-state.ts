/** Keyed state of every kind through a keyed function, for ever and with time to live: the heap backend and the model. */
import { z } from 'zod';
import { type Collector, type KeyedContext, MIN_TIMESTAMP } from '../../../core/job/functions.ts';
import type { StateTtl } from '../../../core/job/state-ttl.ts';
import { aggregatingState, listState, mapState, reducingState, valueState } from '../../../core/job/states.ts';
import { int32, list, nullable, string } from '../../../core/job/types.ts';
import { ProcessOperator } from '../../../core/operators/process-operator.ts';
import { OperatorTask } from '../../../core/operators/testing/operator-host.ts';
import { createModel } from '../../model/model.ts';
import { job, NO_TAPE, source } from '../../model/testing/turns.ts';
import type { ModelTurn } from '../../model/types.ts';
import { defineFamily, type Excuse, type Output } from '../family.ts';

const op = z.tuple([z.string(), z.string()]).rest(z.unknown());
const schema = z.object({
  name: z.string(),
  config: z.object({ nulls: z.boolean() }),
  input: z.array(z.tuple([z.literal('e'), z.string(), z.array(op)])),
  expected: z.array(z.tuple([z.number(), z.array(z.unknown())])),
});
type StateCase = z.infer<typeof schema>;

const ttlSchema = z.object({
  name: z.string(),
  config: z.object({
    ttlMs: z.number(),
    updateType: z.enum(['OnCreateAndWrite', 'OnReadAndWrite']),
    visibility: z.enum(['NeverReturnExpired', 'ReturnExpiredIfNotCleanedUp']),
    cleanupInBackground: z.literal(false),
  }),
  input: z.array(z.union([z.tuple([z.literal('e'), z.string(), z.array(op)]), z.tuple([z.literal('t'), z.number()])])),
  expected: z.array(z.tuple([z.number(), z.array(z.unknown())])),
});
type TtlCase = z.infer<typeof ttlSchema>;
type Op = z.infer<typeof op>;

/** A state of each kind. */
function statesWith(ttl: StateTtl | undefined) {
  const options = ttl === undefined ? {} : { ttl };
  return {
    value: valueState('value', int32, options),
    list: listState('list', int32, options),
    map: mapState('map', string, nullable(int32), options),
    reducing: reducingState('reducing', int32, (a, b) => a + b, options),
    /** Its result is the text of a Java list. */
    aggregating: aggregatingState(
      'aggregating',
      list(int32),
      {
        createAccumulator: () => [],
        add: (value: number, values) => [...values, value],
        getResult: (values) => `[${values.join(', ')}]`,
      },
      options,
    ),
  };
}
type States = ReturnType<typeof statesWith>;

const numbers = z.array(z.number().nullable());
const pairs = z.array(z.tuple([z.string(), z.number().nullable()]));
/** Flink's null is our undefined, which can be stored nowhere. A map of a nullable type holds null. */
const number = (value: unknown): number => z.number().nullable().parse(value) ?? (undefined as unknown as number);
const text = (value: unknown): string => z.string().parse(value);

function apply(states: States, ctx: KeyedContext, [kind, method, first, second]: Op): unknown {
  const value = ctx.getState(states.value);
  const items = ctx.getState(states.list);
  const map = ctx.getState(states.map);
  const reducing = ctx.getState(states.reducing);
  const aggregating = ctx.getState(states.aggregating);
  switch (`${kind}.${method}`) {
    case 'value.get':
      return value.value();
    case 'value.update':
      return value.update(number(first));
    case 'value.clear':
      return value.clear();
    case 'list.get':
      return items.get();
    case 'list.add':
      return items.add(number(first));
    case 'list.addAll':
      return items.addAll(numbers.parse(first).map(number));
    case 'list.update':
      return items.update(numbers.parse(first).map(number));
    case 'list.clear':
      return items.clear();
    case 'map.get':
      return map.get(text(first));
    case 'map.put':
      return map.put(text(first), z.number().nullable().parse(second));
    case 'map.putAll':
      return map.putAll(pairs.parse(first));
    case 'map.remove':
      return map.remove(text(first));
    case 'map.contains':
      return map.contains(text(first));
    case 'map.isEmpty':
      return map.isEmpty();
    case 'map.entries':
      return map.entries();
    case 'map.keys':
      return map.keys();
    case 'map.values':
      return [...map.values()].sort((a, b) => (a ?? -Infinity) - (b ?? -Infinity));
    case 'map.clear':
      return map.clear();
    case 'reducing.get':
      return reducing.get();
    case 'reducing.add':
      return reducing.add(number(first));
    case 'reducing.clear':
      return reducing.clear();
    case 'aggregating.get':
      return aggregating.get();
    case 'aggregating.add':
      return aggregating.add(number(first));
    case 'aggregating.clear':
      return aggregating.clear();
    default:
      throw new Error(`no operation ${kind}.${method}`);
  }
}

interface Element {
  readonly key: string;
  readonly ops: readonly Op[];
}
const elementOf = (value: unknown): Element => value as Element;

class StateFunction {
  readonly #states: States;

  constructor(states: States) {
    this.#states = states;
  }

  processElement(value: unknown, ctx: KeyedContext, out: Collector<unknown>): void {
    out.collect(
      elementOf(value).ops.map((one) => {
        try {
          return apply(this.#states, ctx, one) ?? null;
        } catch {
          return 'refused';
        }
      }),
    );
  }
}

type Input = (StateCase | TtlCase)['input'][number];
/** `now`: undefined without time to live. */
type Turn = (element: Element, now: number) => readonly unknown[];

function answers(input: readonly Input[], turn: Turn): readonly Output[] {
  let now = 0;
  return input.flatMap((one, step) => {
    if (one[0] === 't') now = one[1];
    return one[0] === 'e' ? [[step, ...turn({ key: one[1], ops: one[2] }, now)]] : [];
  });
}

function engine({ input }: { readonly input: readonly Input[] }, ttl?: StateTtl): readonly Output[] {
  const states = statesWith(ttl);
  const task = new OperatorTask(string, (host) => new ProcessOperator(() => new StateFunction(states), host));
  return answers(input, (element, now) => {
    task.clock = now;
    return task.process(element.key, element, undefined).map(({ value }) => value);
  });
}

function model({ input }: { readonly input: readonly Input[] }, ttl?: StateTtl): readonly Output[] {
  const states = statesWith(ttl);
  const spec = job(
    {
      source: source(),
      operator: { operator: { kind: 'process', create: () => new StateFunction(states) } },
      out: { operator: { kind: 'map', fn: (value) => value }, parallelism: 2 },
    },
    [
      ['source', 'operator', { kind: 'hash', key: (value) => elementOf(value).key, keyType: string }],
      ['operator', 'out', { kind: 'rebalance' }],
    ],
  );
  let instance = createModel(spec).vertex('operator').instance();
  return answers(input, (element, now) => {
    // A turn reads the clock once if it uses time, and else not at all.
    const before = instance.fork();
    const once = (clock: readonly number[]): ModelTurn =>
      instance.record(0, element, undefined, MIN_TIMESTAMP, { ...NO_TAPE, clock });
    let turn = once([]);
    if (turn.mismatch !== undefined && ttl !== undefined) {
      instance = before;
      turn = once([now]);
    }
    if (turn.mismatch !== undefined) throw new Error(turn.mismatch);
    return turn.sends.map(({ value }) => value);
  });
}

/** Errors of all classes count as equal. */
function canonical(outputs: readonly Output[], { expected }: StateCase | TtlCase): readonly Output[] {
  if (outputs !== expected) return outputs;
  return expected.map(([step, results]) => [step, results.map((result) => (isError(result) ? 'refused' : result))]);
}

function isError(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'error' in result;
}

const CLEARS_BY_NULL = ['value.update', 'reducing.add', 'aggregating.add'];

const undefinedStored: Excuse<StateCase> = {
  row: 'undefined-stored',
  from: ({ input }) =>
    input.findIndex(([, , ops]) =>
      ops.some(([kind, method, first]) => CLEARS_BY_NULL.includes(`${kind}.${method}`) && first === null),
    ),
};

export const keyedState = defineFamily<StateCase>({
  name: 'keyed-state',
  schema,
  subjects: [
    { name: 'engine', answer: (one) => engine(one) },
    { name: 'model', answer: (one) => model(one) },
  ],
  excuses: [undefinedStored],
  canonical,
});

function ttlOf({ config }: TtlCase): StateTtl {
  return {
    ms: config.ttlMs,
    update: config.updateType === 'OnReadAndWrite' ? 'on-read-and-write' : 'on-create-and-write',
    visibility: config.visibility === 'NeverReturnExpired' ? 'never-return-expired' : 'return-if-not-cleaned-up',
    cleanup: 'none',
  };
}

export const ttlState = defineFamily<TtlCase>({
  name: 'ttl-state',
  schema: ttlSchema,
  subjects: [
    { name: 'engine', answer: (one) => engine(one, ttlOf(one)) },
    { name: 'model', answer: (one) => model(one, ttlOf(one)) },
  ],
  excuses: [],
  canonical,
});
