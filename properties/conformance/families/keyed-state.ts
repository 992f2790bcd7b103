/** Keyed state of every kind through a keyed function: the heap backend and the model. */
import { z } from 'zod';
import { type Collector, type KeyedContext, MIN_TIMESTAMP } from '../../../core/job/functions.ts';
import { aggregatingState, listState, mapState, reducingState, valueState } from '../../../core/job/states.ts';
import { int32, list, nullable, string } from '../../../core/job/types.ts';
import { ProcessOperator } from '../../../core/operators/process-operator.ts';
import { OperatorTask } from '../../../core/operators/testing/operator-host.ts';
import { createModel } from '../../model/model.ts';
import { job, NO_TAPE, source } from '../../model/testing/turns.ts';
import { defineFamily, type Excuse, type Output } from '../family.ts';

const op = z.tuple([z.string(), z.string()]).rest(z.unknown());
const schema = z.object({
  name: z.string(),
  config: z.object({ nulls: z.boolean() }),
  input: z.array(z.tuple([z.literal('e'), z.string(), z.array(op)])),
  expected: z.array(z.tuple([z.number(), z.array(z.unknown())])),
});
type StateCase = z.infer<typeof schema>;
type Op = z.infer<typeof op>;

const VALUE = valueState('value', int32);
const LIST = listState('list', int32);
const MAP = mapState('map', string, nullable(int32));
const REDUCING = reducingState('reducing', int32, (a, b) => a + b);
/** Its result is the text of a Java list. */
const AGGREGATING = aggregatingState('aggregating', list(int32), {
  createAccumulator: () => [],
  add: (value: number, values) => [...values, value],
  getResult: (values) => `[${values.join(', ')}]`,
});

const numbers = z.array(z.number().nullable());
const pairs = z.array(z.tuple([z.string(), z.number().nullable()]));
/** Flink's null is our undefined, which can be stored nowhere. A map of a nullable type holds null. */
const number = (value: unknown): number => z.number().nullable().parse(value) ?? (undefined as unknown as number);
const text = (value: unknown): string => z.string().parse(value);

function apply(ctx: KeyedContext, [kind, method, first, second]: Op): unknown {
  switch (`${kind}.${method}`) {
    case 'value.get':
      return ctx.getState(VALUE).value();
    case 'value.update':
      return ctx.getState(VALUE).update(number(first));
    case 'value.clear':
      return ctx.getState(VALUE).clear();
    case 'list.get':
      return ctx.getState(LIST).get();
    case 'list.add':
      return ctx.getState(LIST).add(number(first));
    case 'list.addAll': {
      const all = numbers.parse(first).map(number);
      return all.length === 0 ? undefined : ctx.getState(LIST).update([...ctx.getState(LIST).get(), ...all]);
    }
    case 'list.update':
      return ctx.getState(LIST).update(numbers.parse(first).map(number));
    case 'list.clear':
      return ctx.getState(LIST).clear();
    case 'map.get':
      return ctx.getState(MAP).get(text(first));
    case 'map.put':
      return ctx.getState(MAP).put(text(first), z.number().nullable().parse(second));
    case 'map.putAll':
      for (const [key, value] of pairs.parse(first)) ctx.getState(MAP).put(key, value);
      return undefined;
    case 'map.remove':
      return ctx.getState(MAP).remove(text(first));
    case 'map.contains':
      return ctx.getState(MAP).has(text(first));
    case 'map.isEmpty':
      return ctx.getState(MAP).entries().length === 0;
    case 'map.entries':
      return ctx.getState(MAP).entries();
    case 'map.keys':
      return ctx
        .getState(MAP)
        .entries()
        .map(([key]) => key);
    case 'map.values':
      return ctx
        .getState(MAP)
        .entries()
        .map(([, value]) => value)
        .sort((a, b) => (a ?? -Infinity) - (b ?? -Infinity));
    case 'map.clear':
      return ctx.getState(MAP).clear();
    case 'reducing.get':
      return ctx.getState(REDUCING).get();
    case 'reducing.add':
      return ctx.getState(REDUCING).add(number(first));
    case 'reducing.clear':
      return ctx.getState(REDUCING).clear();
    case 'aggregating.get':
      return ctx.getState(AGGREGATING).get();
    case 'aggregating.add':
      return ctx.getState(AGGREGATING).add(number(first));
    case 'aggregating.clear':
      return ctx.getState(AGGREGATING).clear();
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
  processElement(value: unknown, ctx: KeyedContext, out: Collector<unknown>): void {
    out.collect(
      elementOf(value).ops.map((one) => {
        try {
          return apply(ctx, one) ?? null;
        } catch {
          return 'refused';
        }
      }),
    );
  }
}

function answer(turn: (element: Element) => readonly unknown[]) {
  return ({ input }: StateCase): readonly Output[] => input.map(([, key, ops], step) => [step, ...turn({ key, ops })]);
}

function engine(one: StateCase): readonly Output[] {
  const task = new OperatorTask(string, (host) => new ProcessOperator(() => new StateFunction(), host));
  return answer((element) => task.process(element.key, element, undefined).map(({ value }) => value))(one);
}

function model(one: StateCase): readonly Output[] {
  const spec = job(
    {
      source: source(),
      operator: { operator: { kind: 'process', create: () => new StateFunction() } },
      out: { operator: { kind: 'map', fn: (value) => value }, parallelism: 2 },
    },
    [
      ['source', 'operator', { kind: 'hash', key: (value) => elementOf(value).key, keyType: string }],
      ['operator', 'out', { kind: 'rebalance' }],
    ],
  );
  const instance = createModel(spec).vertex('operator').instance();
  return answer((element) => {
    const { sends, mismatch } = instance.record(0, element, undefined, MIN_TIMESTAMP, NO_TAPE);
    if (mismatch !== undefined) throw new Error(mismatch);
    return sends.map(({ value }) => value);
  })(one);
}

/** Errors of all classes count as equal. */
function canonical(outputs: readonly Output[], { expected }: StateCase): readonly Output[] {
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
    { name: 'engine', answer: engine },
    { name: 'model', answer: model },
  ],
  excuses: [undefinedStored],
  canonical,
});
