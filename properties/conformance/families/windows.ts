/** Event-time windows with the default trigger, tumbling ones also over a snapshot and a restore: engine, model, and the oracle of event time. */
import { z } from 'zod';
import { MIN_TIMESTAMP, type Timestamp } from '../../../core/job/functions.ts';
import type { AssignerSpec, WindowSpec } from '../../../core/job/spec.ts';
import { list, int32, string } from '../../../core/job/types.ts';
import { type Emitted, OperatorTask } from '../../../core/operators/testing/operator-host.ts';
import { WindowOperator } from '../../../core/operators/windows/window-operator.ts';
import type { KeyedImage } from '../../../core/state/testing/image.ts';
import { createModel } from '../../model/model.ts';
import { job, NO_TAPE, source } from '../../model/testing/turns.ts';
import type { ModelInstance, ModelTurn } from '../../model/types.ts';
import { eventTimeOf, type Observed, type Said } from '../../model/event-time.ts';
import { anyOrderOfKeys, compareTexts, defineFamily, type Output } from '../family.ts';

const schema = z.object({
  name: z.string(),
  config: z.intersection(
    z.union([
      z.object({ assigner: z.literal('tumbling'), sizeMs: z.number(), offsetMs: z.number() }),
      z.object({ assigner: z.literal('sliding'), sizeMs: z.number(), slideMs: z.number(), offsetMs: z.number() }),
      z.object({ assigner: z.literal('session'), gapMs: z.number() }),
    ]),
    z.object({ allowedLatenessMs: z.number() }),
  ),
  input: z.array(
    z.union([
      z.tuple([z.literal('e'), z.string(), z.number(), z.number()]),
      z.tuple([z.literal('w'), z.number()]),
      z.tuple([z.literal('restore')]),
    ]),
  ),
  expected: z.array(z.array(z.unknown())),
});
type WindowCase = z.infer<typeof schema>;

interface Element {
  readonly key: string;
  readonly at: Timestamp;
  readonly id: number;
}
const elementOf = (value: unknown): Element => value as Element;
const idsOf = (value: unknown): readonly number[] => value as readonly number[];
const LATE = 'late';

function assignerOf(config: WindowCase['config']): AssignerSpec {
  switch (config.assigner) {
    case 'tumbling':
      return { kind: 'tumbling', domain: 'event', sizeMs: config.sizeMs, offsetMs: config.offsetMs };
    case 'sliding': {
      const { sizeMs, slideMs, offsetMs } = config;
      return { kind: 'sliding', domain: 'event', sizeMs, slideMs, offsetMs };
    }
    case 'session':
      return { kind: 'session', domain: 'event', gap: config.gapMs };
  }
}

/** Collects the ids in the order in which they are added. */
function specOf(config: WindowCase['config']): WindowSpec {
  return {
    kind: 'window',
    assigner: assignerOf(config),
    trigger: { kind: 'eventTime' },
    evictor: undefined,
    create: undefined,
    allowedLatenessMs: config.allowedLatenessMs,
    lateTag: LATE,
    fold: {
      kind: 'aggregate',
      fn: {
        createAccumulator: () => [],
        add: (value, ids) => [...idsOf(ids), elementOf(value).id],
        getResult: (ids) => ids,
        merge: (a, b) => [...idsOf(a), ...idsOf(b)],
      },
    },
    accumulatorType: list(int32),
    emit: ({ key, window, result }) => ['p', key, window.start, window.end, result],
  };
}

const pane = (value: unknown, timestamp: Timestamp | undefined): Output => [
  ...(value as readonly unknown[]),
  timestamp,
];
const late = (value: unknown): Output => {
  const { key, id, at } = elementOf(value);
  return ['l', key, id, at];
};

/** An operator that is driven turn by turn, and may be snapshotted and restored. */
interface WindowSubject {
  element(element: Element): readonly Output[];
  advance(watermark: Timestamp): readonly Output[];
  restore(): void;
}

function engine(config: WindowCase['config']): WindowSubject {
  const spec = specOf(config);
  const fresh = (from?: KeyedImage): OperatorTask =>
    new OperatorTask(string, (host) => new WindowOperator(spec, host), from);
  let task = fresh();
  const outputs = (emitted: readonly Emitted[]): readonly Output[] =>
    emitted.map(({ tag, value, timestamp }) => (tag === LATE ? late(value) : pane(value, timestamp)));
  return {
    element: (element) => outputs(task.process(element.key, element, element.at)),
    advance: (watermark) => outputs(task.advance(watermark)),
    restore: () => {
      task = fresh(task.snapshot());
    },
  };
}

/** The floor of the restored key groups is the same for all: there is one subtask. */
function model(config: WindowCase['config']): WindowSubject {
  const spec = job(
    {
      source: source(),
      window: { operator: specOf(config) },
      panes: { operator: { kind: 'map', fn: (value) => value }, parallelism: 2 },
      late: { operator: { kind: 'map', fn: (value) => value }, parallelism: 2 },
    },
    [
      ['source', 'window', { kind: 'hash', key: (value) => elementOf(value).key, keyType: string }],
      ['window', 'panes', { kind: 'rebalance' }],
      ['window', 'late', { kind: 'rebalance' }, LATE],
    ],
  );
  const lateEdge = spec.edges.find(({ tag }) => tag === LATE)?.id;
  let instance: ModelInstance = createModel(spec).vertex('window').instance();
  let watermark: Timestamp = MIN_TIMESTAMP;
  let floor: Timestamp = MIN_TIMESTAMP;
  const outputs = ({ sends, mismatch }: ModelTurn): readonly Output[] => {
    if (mismatch !== undefined) throw new Error(mismatch);
    return sends.map(({ edge, value, timestamp }) => (edge === lateEdge ? late(value) : pane(value, timestamp)));
  };
  return {
    element: (element) => outputs(instance.record(0, element, element.at, Math.max(watermark, floor), NO_TAPE)),
    advance: (to) => {
      watermark = to;
      return to <= floor ? [] : outputs(instance.advance(to, NO_TAPE));
    },
    restore: () => {
      floor = Math.max(watermark, floor);
      watermark = MIN_TIMESTAMP;
      instance = instance.fork();
    },
  };
}

/** No operator: it is told the whole history of each key, and says what follows. */
function oracle({ config, input }: WindowCase): readonly Output[] {
  const { allowedLatenessMs } = config;
  const keys = [...new Set(input.flatMap((item) => (item[0] === 'e' ? [item[1]] : [])))];
  const said = keys.flatMap((key) => {
    const moments = input.flatMap((item, step): Observed[] => {
      if (item[0] === 'w') return [{ kind: 'watermark', step, watermark: item[1] }];
      if (item[0] !== 'e' || item[1] !== key) return [];
      return [{ kind: 'element', step, value: item[3], timestamp: item[2] }];
    });
    return eventTimeOf({ assigner: assignerOf(config), allowedLatenessMs, purges: false }, moments).map((one) => ({
      key,
      one,
    }));
  });
  // Over all keys: by step, then as timers fire.
  said.sort((a, b) => a.one.step - b.one.step || timeOf(a.one) - timeOf(b.one) || compareTexts(a.key, b.key));
  return said.flatMap(({ key, one }): Output[] => {
    if (one.kind !== 'pane') return one.kind === 'late' ? [[one.step, 'l', key, one.value, one.timestamp]] : [];
    const { start, end } = one.window;
    return [[one.step, 'p', key, start, end, one.elements, end - 1]];
  });
}
const timeOf = (said: Said): number => (said.kind === 'pane' && said.by === 'watermark' ? said.window.end : 0);

function answer(subjectOf: (config: WindowCase['config']) => WindowSubject) {
  return ({ config, input }: WindowCase): readonly Output[] => {
    const subject = subjectOf(config);
    return input.flatMap((item, step): Output[] => {
      const stepped = (outputs: readonly Output[]): Output[] =>
        outputs.map((output) => [step, ...(output as readonly unknown[])]);
      if (item[0] === 'e') return stepped(subject.element({ key: item[1], at: item[2], id: item[3] }));
      if (item[0] === 'w') return stepped(subject.advance(item[1]));
      subject.restore();
      return [];
    });
  };
}

const family = (name: string, sorted = false, withOracle = true) =>
  defineFamily<WindowCase>({
    name,
    schema,
    subjects: [
      { name: 'engine', answer: answer(engine) },
      { name: 'model', answer: answer(model) },
      ...(withOracle ? [{ name: 'oracle', answer: oracle }] : []),
    ],
    excuses: [
      {
        row: 'restored-watermark',
        from: ({ input }) => {
          const watermark = input.findIndex(([kind]) => kind === 'w');
          return watermark < 0 ? -1 : input.findIndex(([kind], step) => kind === 'restore' && step > watermark);
        },
      },
    ],
    canonical: (outputs, one) => inAnyOrder(sorted ? outputs.map(withSortedIds) : outputs, one),
  });

const inAnyOrder = anyOrderOfKeys(2, (output) => output.at(-1));

/** The order in which Flink merges the accumulators of sessions is that of a hash set. */
function withSortedIds(output: Output): Output {
  const parts = output as readonly unknown[];
  return parts[1] === 'p' ? parts.map((part, at) => (at === 5 ? [...idsOf(part)].sort((a, b) => a - b) : part)) : parts;
}

export const windows = [
  family('window-tumbling'),
  family('window-sliding'),
  family('window-session', true),
  family('window-tumbling-restore', false, false),
];
