/** Watermarks: the valve of one input, the combination of two, the splits of a source. */
import { z } from 'zod';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../../../core/job/functions.ts';
import { InputValves } from '../../../core/time/input-valves.ts';
import { StatusWatermarkValve } from '../../../core/time/status-watermark-valve.ts';
import { SourceWatermarks, type SplitWatermarks } from '../../../core/time/watermark-generators.ts';
import { NaiveValve } from '../../laws/naive-valve.ts';
import { ChannelRecord } from '../../witness/channel.ts';
import { anyOrderOfKeys, defineFamily, type Output } from '../family.ts';
import { keyedCoProcess, type TimerOp } from '../timers.ts';

const base = { name: z.string(), expected: z.array(z.array(z.unknown())) };
const asIs = (outputs: readonly Output[]): readonly Output[] => outputs;

// ---- one input

const valveCase = z.object({
  ...base,
  config: z.object({ channels: z.number() }),
  input: z.array(
    z.union([z.tuple([z.literal('w'), z.number(), z.number()]), z.tuple([z.enum(['idle', 'active']), z.number()])]),
  ),
});
type ValveCase = z.infer<typeof valveCase>;

const inputChannel = (edge: number, sender: number): ChannelRecord =>
  new ChannelRecord({ edge, attempt: 1, sender, receiver: 0 });

function byValve({ config, input }: ValveCase): readonly Output[] {
  const valve = new StatusWatermarkValve(config.channels);
  return input.flatMap((item, step): Output[] => {
    const { watermark, status } =
      item[0] === 'w' ? valve.inputWatermark(item[1], item[2]) : valve.inputStatus(item[1], item[0] === 'idle');
    const risen: Output[] = watermark === undefined ? [] : [[step, 'w', watermark]];
    if (status === undefined) return risen;
    return status === 'active' ? [[step, status], ...risen] : [...risen, [step, status]];
  });
}

/** What the reference says after each element: 'active' comes before its advances, 'idle' behind them. */
class NaiveSteps {
  readonly #valve: NaiveValve;

  constructor(valve: NaiveValve) {
    this.#valve = valve;
  }

  watermark(channel: ChannelRecord, watermark: number): readonly (number | 'idle' | 'active')[] {
    return this.#step(() => {
      this.#valve.watermark(channel, watermark);
    });
  }

  status(channel: ChannelRecord, idle: boolean): readonly (number | 'idle' | 'active')[] {
    return this.#step(() => {
      this.#valve.status(channel, idle);
    });
  }

  #step(act: () => void): readonly (number | 'idle' | 'active')[] {
    const wasIdle = this.#valve.idle;
    act();
    const { idle, dues } = this.#valve;
    if (idle === wasIdle) return [...dues];
    return idle ? [...dues, 'idle'] : ['active', ...dues];
  }
}

function byNaiveValve({ config, input }: ValveCase): readonly Output[] {
  const channels = Array.from({ length: config.channels }, (_, sender) => inputChannel(0, sender));
  const steps = new NaiveSteps(new NaiveValve(channels));
  return input.flatMap((item, step): Output[] => {
    const channel = channels[item[1]];
    if (channel === undefined) throw new Error(`no channel ${item[1]}`);
    const said = item[0] === 'w' ? steps.watermark(channel, item[2]) : steps.status(channel, item[0] === 'idle');
    return said.map((one) => (typeof one === 'number' ? [step, 'w', one] : [step, one]));
  });
}

export const watermarkValve = defineFamily<ValveCase>({
  name: 'watermark-valve',
  schema: valveCase,
  subjects: [
    { name: 'engine', answer: byValve },
    { name: 'reference', answer: byNaiveValve },
  ],
  excuses: [
    { row: 'valve-max', from: ({ input }) => maxWhileIdle(input) },
    { row: 'valve-idle', from: ({ input }) => firstIdle(input) },
  ],
  canonical: asIs,
});

function firstIdle(input: readonly (readonly unknown[])[]): number {
  return input.findIndex(([kind]) => typeof kind === 'string' && kind.startsWith('idle'));
}

/** The end of one has come, and another has been idle, in either order. */
function maxWhileIdle(input: readonly (readonly unknown[])[]): number {
  const max = input.findIndex((item) => item.at(-1) === MAX_TIMESTAMP);
  const idle = firstIdle(input);
  return max < 0 || idle < 0 ? -1 : Math.max(max, idle);
}

// ---- two inputs

const twoInputCase = z.object({
  ...base,
  config: z.object({ status: z.boolean() }),
  input: z.array(
    z.union([
      z.tuple([z.enum(['w1', 'w2']), z.number()]),
      z.tuple([z.enum(['idle1', 'idle2', 'active1', 'active2'])]),
      z.tuple([z.enum(['e1', 'e2']), z.string(), z.array(z.tuple([z.enum(['r', 'd']), z.number()]))]),
    ]),
  ),
});
type TwoInputCase = z.infer<typeof twoInputCase>;

/** Valves and an operator with two inputs. What the valves cause comes in order: an advance fires timers, then it is forwarded. */
interface TwoInputs {
  element(input: 1 | 2, key: string, ops: readonly TimerOp[]): readonly Output[];
  watermark(input: 1 | 2, watermark: number): readonly (number | 'idle' | 'active')[];
  status(input: 1 | 2, idle: boolean): readonly (number | 'idle' | 'active')[];
  advance(watermark: number): readonly Output[];
}

function twoInputs({ input }: TwoInputCase, subject: TwoInputs): readonly Output[] {
  return input.flatMap((item, step): Output[] => {
    const number = item[0].endsWith('1') ? 1 : 2;
    if (item.length === 3) {
      return subject.element(number, item[1], item[2]).map((output) => [step, ...(output as unknown[])]);
    }
    const said =
      item.length === 2 ? subject.watermark(number, item[1]) : subject.status(number, item[0].startsWith('idle'));
    return said.flatMap((one): Output[] => {
      if (typeof one !== 'number') return [[step, one]];
      const fired = subject.advance(one).map((output): Output => [step, ...(output as unknown[])]);
      return [...fired, [step, 'w', one]];
    });
  });
}

function byEngineInputs(one: TwoInputCase): readonly Output[] {
  let said: (number | 'idle' | 'active')[] = [];
  const valves = new InputValves([1, 2], {
    advance: (watermark) => said.push(watermark),
    status: (idle) => said.push(idle ? 'idle' : 'active'),
  });
  const saying = (act: () => void): readonly (number | 'idle' | 'active')[] => {
    said = [];
    act();
    return said;
  };
  return twoInputs(one, {
    ...keyedCoProcess('engine'),
    watermark: (number, watermark) =>
      saying(() => {
        valves.inputWatermark(number - 1, watermark);
      }),
    status: (number, idle) =>
      saying(() => {
        valves.inputStatus(number - 1, idle);
      }),
  });
}

function byModelInputs(one: TwoInputCase): readonly Output[] {
  const channels = { 1: inputChannel(1, 0), 2: inputChannel(2, 0) } as const;
  const steps = new NaiveSteps(new NaiveValve([channels[1], channels[2]], [], (edge) => (edge === 1 ? 1 : 2)));
  return twoInputs(one, {
    ...keyedCoProcess('model'),
    watermark: (number, watermark) => steps.watermark(channels[number], watermark),
    status: (number, idle) => steps.status(channels[number], idle),
  });
}

export const twoInputWatermarks = defineFamily<TwoInputCase>({
  name: 'two-input-watermarks',
  schema: twoInputCase,
  subjects: [
    { name: 'engine', answer: byEngineInputs },
    { name: 'model', answer: byModelInputs },
  ],
  excuses: [{ row: 'valve-max', from: ({ input }) => maxWhileIdle(input) }],
  canonical: anyOrderOfKeys(2, (output) => (output[1] === 't' ? output[3] : undefined)),
});

// ---- splits of a source

const splitCase = z.object({
  ...base,
  config: z.object({ generator: z.enum(['periodic', 'perRecord']), delayMs: z.number(), idleness: z.boolean() }),
  input: z.array(
    z.union([
      z.tuple([z.literal('e'), z.string(), z.number()]),
      z.tuple([z.enum(['add', 'finish', 'idle']), z.string()]),
      z.tuple([z.literal('period')]),
    ]),
  ),
});
type SplitCase = z.infer<typeof splitCase>;

/** A split that its generator marks idle is so at once after a record generator's, at the next period after a periodic one's. */
function bySource({ config, input }: SplitCase): readonly Output[] {
  const { generator, delayMs } = config;
  const source = new SourceWatermarks(
    generator === 'periodic' ? { kind: generator, delayMs, periodMs: 1 } : { kind: generator, delayMs },
    () => undefined,
  );
  const splits = new Map<string, SplitWatermarks>();
  const toIdle = new Set<string>();
  const splitOf = (name: string): SplitWatermarks => {
    const split = splits.get(name);
    if (split === undefined) throw new Error(`no split ${name}`);
    return split;
  };
  return input.flatMap((item, step): readonly Output[] => {
    switch (item[0]) {
      case 'add':
        splits.set(item[1], source.add(item[1]));
        break;
      case 'e':
        toIdle.delete(item[1]);
        splitOf(item[1]).onRecord(item[2]);
        break;
      case 'finish':
        splitOf(item[1]).finish();
        splits.delete(item[1]);
        toIdle.delete(item[1]);
        break;
      case 'idle':
        if (generator === 'periodic') toIdle.add(item[1]);
        else splitOf(item[1]).setIdle(true);
        break;
      case 'period':
        for (const name of toIdle) splitOf(name).setIdle(true);
        toIdle.clear();
        source.onPeriod();
    }
    const wasIdle = source.idle;
    const watermark = source.poll();
    return spoken(step, watermark, wasIdle, source.idle);
  });
}

/** That the reader is active goes before its watermark, that it is idle after it. */
function spoken(step: number, watermark: number | undefined, wasIdle: boolean, idle: boolean): readonly Output[] {
  const risen: readonly Output[] = watermark === undefined ? [] : [[step, 'w', watermark]];
  if (idle === wasIdle) return risen;
  return idle ? [...risen, [step, 'idle']] : [[step, 'active'], ...risen];
}

/** By definition: what each split has earned and said, from the whole input so far; the least over those that count. */
function byDefinition({ config, input }: SplitCase): readonly Output[] {
  let last = MIN_TIMESTAMP;
  let lastIdle = false;
  return input.flatMap((_, step): readonly Output[] => {
    const past = input.slice(0, step + 1);
    const open = past.flatMap((item) =>
      item[0] === 'add' && !past.some((other) => other[0] === 'finish' && other[1] === item[1]) ? [item[1]] : [],
    );
    const says = open.filter((name) => !isIdle(past, name, config.generator)).map((name) => earned(past, name, config));
    const all = open.map((name) => earned(past, name, config));
    const watermark = says.length > 0 ? Math.min(...says) : Math.max(MIN_TIMESTAMP, ...all);
    const wasIdle = lastIdle;
    lastIdle = open.length > 0 && says.length === 0;
    const risen = watermark > last;
    last = Math.max(last, watermark);
    return spoken(step, risen ? watermark : undefined, wasIdle, lastIdle);
  });
}

/** A periodic generator emits the watermark of its split's records at the periods at which it is not idle. */
function earned(past: SplitCase['input'], name: string, { generator, delayMs }: SplitCase['config']): number {
  const last = past.findLastIndex(
    ([kind], index) => kind === 'period' && !isIdle(past.slice(0, index + 1), name, generator),
  );
  const counts = generator === 'perRecord' ? past : past.slice(0, last + 1);
  const times = counts.flatMap((item) => (item[0] === 'e' && item[1] === name ? [item[2] - delayMs - 1] : []));
  return Math.max(MIN_TIMESTAMP, ...times);
}

function isIdle(past: SplitCase['input'], name: string, generator: SplitCase['config']['generator']): boolean {
  const said = past.findLastIndex((item) => item[0] === 'idle' && item[1] === name);
  const record = past.findLastIndex((item) => item[0] === 'e' && item[1] === name);
  if (said < 0 || record > said) return false;
  return generator === 'perRecord' || past.slice(said).some(([kind]) => kind === 'period');
}

/** The first record of a split that has been idle, or a split that is new beside one. */
function firstBack(input: SplitCase['input']): number {
  return input.findIndex(
    (item, step) =>
      (item[0] === 'e' || item[0] === 'add') &&
      input.slice(0, step).some((before) => before[0] === 'idle' && (item[0] === 'add' || before[1] === item[1])),
  );
}

export const sourceSplitWatermarks = defineFamily<SplitCase>({
  name: 'source-split-watermarks',
  schema: splitCase,
  subjects: [
    { name: 'engine', answer: bySource },
    { name: 'definition', answer: byDefinition },
  ],
  excuses: [
    { row: 'finished-split', from: ({ input }) => input.findIndex(([kind]) => kind === 'finish') },
    { row: 'active-at-once', from: ({ input }) => firstBack(input) },
  ],
  // The status of a reader with a periodic generator: in the vectors it is that of the main output, too, whose generator has no
  // split, no record and no idleness, and emits MIN at each period.
  canonical: (outputs, { config }) =>
    config.generator === 'perRecord' ? outputs : outputs.filter((output) => Array.isArray(output) && output[1] === 'w'),
});
