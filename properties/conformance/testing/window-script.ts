/**
 * A window operator told a story in short words, the engine's and the model's: for tables that are computed by hand.
 *
 *     e5       an element at 5; its value is its timestamp. `e5=7`: with the value 7
 *     w9       the watermark rises to 9; `w*`: to its end, as at the end of the input
 *     t20      the wall clock is at 20: timers before it fire
 *
 * What comes out: `[0,10) 3 5` for a pane with these values, `late 3`, `unassigned 3`; of one step joined by `; `, of one that
 * says nothing nothing. What is left in the end, `left ...`, names states that hold something, if it is asked for.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../../../core/job/functions.ts';
import type { WindowSpec } from '../../../core/job/spec.ts';
import { int64, json, list, nullable, string, tuple } from '../../../core/job/types.ts';
import { OperatorTask } from '../../../core/operators/testing/operator-host.ts';
import { WindowOperator } from '../../../core/operators/windows/window-operator.ts';
import { contentsOf } from '../../../core/state/testing/image.ts';
import { createModel } from '../../model/model.ts';
import { job, NO_TAPE, source } from '../../model/testing/turns.ts';
import type { ModelInstance, ModelTurn } from '../../model/types.ts';

export type SpecParts = Pick<WindowSpec, 'assigner'> & Partial<WindowSpec>;

/** Collects values; the late output is there. */
export function specOf(parts: SpecParts): WindowSpec {
  const { assigner, evictor } = parts;
  const domain = assigner.kind === 'global' ? undefined : assigner.domain;
  return {
    kind: 'window',
    trigger: { kind: domain === undefined ? 'never' : domain === 'event' ? 'eventTime' : 'processingTime' },
    evictor: undefined,
    allowedLatenessMs: 0,
    lateTag: 'late',
    fold: {
      kind: 'aggregate',
      fn: {
        createAccumulator: () => [],
        add: (value, all) => [...(all as readonly unknown[]), value],
        getResult: (all) => all,
        merge: (a, b) => [...(a as readonly unknown[]), ...(b as readonly unknown[])],
      },
    },
    accumulatorType: evictor === undefined ? list(int64) : list(tuple(nullable(int64), json)),
    emit: ({ window: { start, end }, result }) =>
      `[${start},${end}) ${(result as readonly unknown[]).join(' ')}`.trim(),
    create: undefined,
    ...parts,
  };
}

interface Teller {
  element(value: number, timestamp: number): readonly string[];
  watermark(to: number): readonly string[];
  clock(now: number): readonly string[];
  left(): readonly string[];
}

/** The two, told the same; each says what came out, step by step. */
export function told(parts: SpecParts, script: string): { readonly engine: string; readonly model: string } {
  const spec = specOf(parts);
  return { engine: tell(engine(spec), script), model: tell(model(spec), script) };
}

function tell(teller: Teller, script: string): string {
  const said: string[] = [];
  for (const word of script.split(' ')) {
    const [first = '', given] = word.slice(1).split('=');
    const number = first === '*' ? MAX_TIMESTAMP : Number(first);
    const out =
      word === 'left?'
        ? [`left ${teller.left().join(' ')}`.trim()]
        : word.startsWith('e')
          ? teller.element(given === undefined ? number : Number(given), number)
          : word.startsWith('w')
            ? teller.watermark(number)
            : teller.clock(number);
    said.push(...out);
  }
  return said.join('; ');
}

function engine(spec: WindowSpec): Teller {
  const task = new OperatorTask(string, (host) => new WindowOperator(spec, host));
  const shown = (emitted: ReturnType<typeof task.process>): readonly string[] =>
    emitted.map(({ tag, value }) => (tag === undefined ? String(value) : `${tag} ${String(value)}`));
  return {
    element(value, timestamp) {
      const out = shown(task.process('k', value, timestamp));
      const unassigned = task.facts.splice(0).some(([kind]) => kind === 'recordUnassigned');
      return unassigned ? [...out, `unassigned ${value}`] : out;
    },
    watermark: (to) => shown(task.advance(to)),
    clock: (now) => shown(task.tick(now)),
    left: () => {
      const groups = contentsOf(task.snapshot());
      const states = groups.flatMap((group) => group.entries.map(({ state }) => state));
      return [...new Set([...states, ...groups.flatMap((group) => group.timers.map(() => 'timers'))])].sort();
    },
  };
}

function model(spec: WindowSpec): Teller {
  const downstream = { operator: { kind: 'map', fn: (value: unknown) => value }, parallelism: 2 } as const;
  const graph = job({ source: source(), window: { operator: spec }, panes: downstream, late: downstream }, [
    ['source', 'window', { kind: 'hash', key: () => 'k', keyType: string }],
    ['window', 'panes', { kind: 'rebalance' }],
    ['window', 'late', { kind: 'rebalance' }, 'late'],
  ]);
  const lateEdge = graph.edges.find(({ tag }) => tag === 'late')?.id;
  let instance: ModelInstance = createModel(graph).vertex('window').instance();
  let watermark = MIN_TIMESTAMP;
  let now = 0;
  /** With as many readings of the clock as it takes. */
  const turn = (body: (on: ModelInstance, clock: readonly number[]) => ModelTurn): ModelTurn => {
    for (let reads = 0; reads < 50; reads++) {
      const on = instance.fork();
      const done = body(on, new Array<number>(reads).fill(now));
      if (done.mismatch?.includes('reads the clock') === true) continue;
      if (done.mismatch !== undefined) throw new Error(done.mismatch);
      instance = on;
      return done;
    }
    throw new Error('the model reads the clock more than 50 times');
  };
  const shown = ({ sends }: ModelTurn): readonly string[] =>
    sends.map(({ edge, value }) => (edge === lateEdge ? `late ${String(value)}` : String(value)));
  return {
    element(value, timestamp) {
      const done = turn((on, clock) => on.record(0, value, timestamp, watermark, { ...NO_TAPE, clock }));
      return done.unassigned ? [...shown(done), `unassigned ${value}`] : shown(done);
    },
    watermark(to) {
      watermark = to;
      return shown(turn((on, clock) => on.advance(to, { ...NO_TAPE, clock })));
    },
    clock(at) {
      now = at;
      const all: string[] = [];
      for (;;) {
        const timer = instance.content().timers.find(({ domain }) => domain === 'processing');
        if (timer === undefined || timer.timestamp >= now) return all;
        all.push(...shown(turn((on, clock) => on.processingTimer(timer, watermark, { ...NO_TAPE, clock }))));
      }
    },
    left: () => {
      const { entries, timers } = instance.content();
      return [...new Set([...entries.map(({ state }) => state), ...timers.map(() => 'timers')])].sort();
    },
  };
}
