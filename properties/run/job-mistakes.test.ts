/**
 * Mistakes that people make in their jobs, each told as what it is: one accusation, of law `job` or a `JobError` of `defineJob`,
 * with the operator, the record and the line (marked HERE), at once and without a restart. What TypeScript would refuse is
 * written all the same: a job may be JavaScript.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  boolean,
  bytes,
  customTrigger,
  defineJob,
  int32,
  int64,
  type JobEnvironment,
  JobError,
  json,
  type KeyedProcessFunction,
  list,
  listState,
  logSink,
  logSource,
  mapState,
  nullable,
  outputTag,
  record,
  string,
  tumblingEventTime,
  type TypeInfo,
  type TypeOf,
  valueState,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { signatureOf } from '../outcome.ts';
import type { Topics } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { run, type RunResult } from './run.ts';

// ---- a small job, with a place for each mistake

const event = record({ key: string, n: int32, at: int64, tags: list(string) });
type Event = TypeOf<typeof event>;
const EVENTS: readonly Event[] = [1, 2, 3, 4].map((n) => ({
  key: n % 2 === 0 ? 'b' : 'a',
  n,
  at: n * 10,
  tags: ['x'],
}));
const INPUT: Topics = { in: [EVENTS.slice(0, 2), EVENTS.slice(2)] };

/** A value of another type than the compiler believes. */
const wrong = (value: unknown): never => value as never;

const source = (env: JobEnvironment, bounded = true) =>
  env.fromSource(logSource({ topic: 'in', type: event, bounded }), {
    uid: 'in',
    watermarks: watermarkPerRecord({ timestamp: (e) => e.at, delayMs: 5 }),
  });
const job = (define: (env: JobEnvironment) => void): JobSpec => defineJob('mistaken', define);
const out = logSink({ topic: 'out', type: event });
const anySink = <T>(type: TypeInfo<T>) => logSink({ topic: 'out', type });

type Fn<O = Event> = KeyedProcessFunction<string, Event, O>;
/** source -> keyBy -> process `p` -> sink */
const processing = (fn: Partial<Fn> | (() => Fn)): JobSpec =>
  job((env) => {
    source(env)
      .keyBy((e) => e.key, string)
      .process(typeof fn === 'function' ? fn : () => ({ processElement: () => undefined, ...fn }), event)
      .uid('p')
      .sinkTo(out)
      .uid('out');
  });
const last = valueState('last', event);
const counts = mapState('counts', string, int32);
const seen = listState('seen', event);

// ---- the table

interface Mistake {
  readonly name: string;
  /** Signature of the one violation; or that `defineJob` throws. */
  readonly accused: string;
  readonly says: string;
  readonly job: () => JobSpec;
  readonly input: Topics;
}
const MISTAKES: Mistake[] = [];
function mistake(name: string, accused: string, says: string, make: () => JobSpec, input = INPUT): void {
  MISTAKES.push({ name, accused, says, job: make, input });
}

// values

mistake('a field more than the type, collected', 'job/not-of-type/p', 'at .extra: a field that the type does not', () =>
  processing({
    processElement(e, _ctx, to) {
      const more = { ...e, extra: true };
      to.collect(more); // HERE
    },
  }),
);
mistake('a field more than the type, in state', 'job/not-of-type/p', 'update of state "last"', () =>
  processing({
    processElement(e, ctx) {
      const more = { ...e, extra: true };
      ctx.getState(last).update(more); // HERE
    },
  }),
);
mistake('a number too large for int32', 'job/not-of-type/p', 'at .n: expected a whole number in [-2^31, 2^31)', () =>
  processing({
    processElement(e, _ctx, to) {
      to.collect({ ...e, n: 2 ** 31 }); // HERE
    },
  }),
);
mistake('NaN in a field of whole numbers', 'job/not-of-type/p', 'at .n: expected a whole number', () =>
  processing({
    processElement(e, _ctx, to) {
      to.collect({ ...e, n: e.n / 0 - e.n / 0 }); // HERE
    },
  }),
);
mistake(
  'a field forgotten, deep in a list',
  'job/not-of-type/shape',
  'at .items[1].price: expected a whole number',
  () => {
    const basket = record({ items: list(record({ price: int32 })) });
    return job((env) => {
      source(env)
        .map(() => ({ items: [{ price: 1 }, wrong({})] }), basket, { uid: 'shape' }) // HERE
        .sinkTo(anySink(basket))
        .uid('out');
    });
  },
);
mistake('null where the type has none', 'job/not-of-type/p', 'at .key: expected a string, got null', () =>
  processing({
    processElement(e, _ctx, to) {
      to.collect({ ...e, key: wrong(null) }); // HERE
    },
  }),
);
mistake('undefined in json', 'job/not-of-type/j', 'at .maybe: expected a JSON value, got undefined', () =>
  job((env) => {
    source(env)
      .map((e) => ({ ...e, maybe: undefined }), json, { uid: 'j' }) // HERE
      .sinkTo(anySink(json))
      .uid('out');
  }),
);
mistake('a key of map state of another type', 'job/not-of-type/p', 'put of state "counts": its key', () =>
  processing({
    processElement(e, ctx) {
      ctx.getState(counts).put(wrong(e.n), 1); // HERE
    },
  }),
);
mistake('a value of another type on a side output', 'job/not-of-type/p', 'output to "bad"', () =>
  job((env) => {
    const bad = outputTag('bad', string);
    const main = source(env)
      .keyBy((e) => e.key, string)
      .process(
        () => ({
          processElement(e: Event, ctx) {
            ctx.output(bad, wrong(e.n)); // HERE
          },
        }),
        event,
        { sideOutputs: [bad] },
      )
      .uid('p');
    main.sinkTo(out).uid('out');
  }),
);
mistake('output to a tag that is not declared', 'job/broken-rule/p', 'add it to its sideOutputs', () =>
  processing({
    processElement(e, ctx) {
      ctx.output(outputTag('nowhere', string), e.key); // HERE
    },
  }),
);
mistake(
  'a record in the input that is not of the source type',
  'job/not-of-type/in',
  'at .key: expected a string',
  () => processing({}),
  {
    in: [[{ n: 1, at: 1, tags: [] }]],
  },
);

// changed values

mistake('the record is changed in place', 'job/mutated/p', 'changed record.n', () =>
  processing({
    processElement(e, _ctx, to) {
      Object.assign(e, { n: 0 }); // HERE
      to.collect(e);
    },
  }),
);
mistake('a list in the record is appended to', 'job/mutated/p', 'changed record.tags[1]', () =>
  processing({
    processElement(e) {
      wrong(e.tags);
      (e.tags as string[]).push('y'); // HERE
    },
  }),
);
mistake(
  'an object is changed after collect',
  'job/mutated/p',
  'or the collected value.n after it had been handed over',
  () =>
    processing({
      processElement(e, _ctx, to) {
        const mine = { ...e };
        to.collect(mine);
        mine.n = 0; // HERE
      },
    }),
);
mistake('a state value is changed in place, and never updated', 'job/mutated/p', 'state "last".n', () =>
  processing({
    processElement(e, ctx) {
      const state = ctx.getState(last);
      const kept = state.value();
      if (kept === undefined) state.update({ ...e });
      else Object.assign(kept, { n: kept.n + 1 }); // HERE
    },
  }),
);
mistake('reduce changes its first argument', 'job/mutated/sum', 'the reduced value.n', () =>
  job((env) => {
    source(env)
      .keyBy((e) => e.key, string)
      .reduce((a, b) => Object.assign(a, { n: a.n + b.n })) // HERE
      .uid('sum')
      .sinkTo(out)
      .uid('out');
  }),
);
mistake('an aggregate changes its accumulator', 'job/mutated/w', 'the accumulator', () => {
  const totals = list(int32);
  return job((env) => {
    source(env)
      .keyBy((e) => e.key, string)
      .window(tumblingEventTime(1_000))
      .aggregate(
        {
          createAccumulator: (): number[] => [],
          add(e, all) {
            all.push(e.n); // HERE
            return all;
          },
          getResult: (all) => all,
        },
        wrong(totals),
        wrong(totals),
      )
      .uid('w')
      .sinkTo(anySink(wrong(totals)))
      .uid('out');
  });
});
const changesItsBuffer = (): Fn<Uint8Array> => ({
  processElement(e, _ctx, to) {
    const buffer = new Uint8Array([e.n]);
    to.collect(buffer);
    buffer[0] = 0;
  },
});
mistake('bytes are changed after collect', 'job/mutated/p', 'collect was changed after it had been handed over', () =>
  job((env) => {
    source(env)
      .keyBy((e) => e.key, string)
      .process(changesItsBuffer, bytes) // HERE
      .uid('p')
      .sinkTo(anySink(bytes))
      .uid('out');
  }),
);

// keys

const keyedBy = <K>(key: (e: Event) => K, type: TypeInfo<K>, parallelism = 2): JobSpec =>
  job((env) => {
    source(env)
      .keyBy(key, type)
      .process(() => ({ processElement: (e, _ctx, to) => to.collect(e) }), event) // HERE is where it is reported
      .uid('p')
      .setParallelism(parallelism)
      .sinkTo(out)
      .uid('out');
  });
mistake(
  'a key function that returns undefined',
  'job/key-not-a-key/p',
  'returned undefined, which is no key (string)',
  () => keyedBy((e) => wrong(Reflect.get(e, 'nope')), string),
);
mistake(
  'an object as a string key',
  'job/key-not-a-key/p',
  'which is no key (string): expected a string, got an object',
  () => keyedBy((e) => wrong({ key: e.key }), string),
);
let counter = 0;
mistake('a key function that counts', 'job/key-not-a-function/p', 'a key must be a function of the record alone', () =>
  keyedBy(() => `k${counter++ % 3}`, string),
);
const met = new Set<number>();
mistake(
  'a key that depends on the records before',
  'job/key-not-a-function/p',
  'a key must be a function of the record alone',
  () => keyedBy((e) => `k${met.add(e.n).size}`, string, 1),
);
mistake(
  'a random key',
  'job/platform-call/p',
  'Math.random() was called in a simulated run',
  () => keyedBy((e) => e.key + String(Math.random()), string), // HERE
);
mistake('a key beyond 2^53', 'job/key-not-a-key/p', 'expected a whole number in (-2^53, 2^53)', () =>
  keyedBy(() => 2 ** 53, int64),
);
mistake('-0 as a key of whole numbers', 'job/key-not-a-key/p', 'returned -0', () => keyedBy((e) => -0 * e.n, int32));

// functions

mistake('a function throws at one record', 'job/threw/p', 'processElement threw Error: cannot parse', () =>
  processing({
    processElement(e) {
      if (e.n === 3) throw new Error('cannot parse'); // HERE
    },
  }),
);
mistake('an object without a prototype is thrown', 'job/threw/p', 'threw a value that cannot be shown as text', () =>
  processing({
    processElement() {
      throw Object.create(null) as Error;
    },
  }),
);
mistake(
  'the message of what is thrown throws itself',
  'job/threw/p',
  'threw a value that cannot be shown as text',
  () =>
    processing({
      processElement() {
        throw new (class extends Error {
          override get message(): string {
            throw new Error('no');
          }
        })();
      },
    }),
);
mistake('a message with control characters', 'job/threw/p', 'Error: \\u001b[31mred\\u000a', () =>
  processing({
    processElement() {
      throw new Error('\u001b[31mred\nline'); // HERE
    },
  }),
);
mistake(
  'map throws',
  'job/threw/m',
  "the map function threw TypeError: Cannot read properties of undefined (reading 'price')",
  () =>
    job((env) => {
      source(env)
        .map((e) => ({ ...e, n: (Reflect.get(e, 'offer') as { price: number }).price }), event, { uid: 'm' }) // HERE
        .sinkTo(out)
        .uid('out');
    }),
);
mistake('onTimer throws', 'job/threw/p', 'onTimer threw Error: late', () =>
  processing({
    processElement: (e, ctx) => ctx.timerService.registerEventTimeTimer(e.at),
    onTimer() {
      throw new Error('late'); // HERE
    },
  }),
);
mistake('open throws', 'job/threw/p', 'open threw Error: no dictionary', () =>
  processing({
    open() {
      throw new Error('no dictionary'); // HERE
    },
  }),
);
mistake('what the engine refuses is caught and forgotten', 'job/not-of-type/p', 'at .n: expected a whole number', () =>
  processing({
    processElement(e, _ctx, to) {
      try {
        to.collect({ ...e, n: 0.5 }); // HERE
      } catch {
        // The job believes that it can go on.
      }
    },
  }),
);
mistake('the clock of the platform', 'job/platform-call/p', 'Date.now() was called in a simulated run', () =>
  processing({
    processElement(e, _ctx, to) {
      to.collect({ ...e, at: Date.now() }); // HERE
    },
  }),
);
/** It fails later, which must not end the process. */
const promised = (): never => wrong(Promise.reject(new Error('late')));
mistake('a key function that returns a promise', 'job/async/p', 'the key function returned a promise', () =>
  keyedBy(promised, string),
);
mistake('a filter that returns a promise', 'job/async/p', 'the filter function returned a promise', () =>
  job((env) => {
    source(env).filter(promised).uid('p').sinkTo(out).uid('out');
  }),
);
mistake('a custom partitioner that returns a promise', 'job/async/out', 'to operator out returned a promise', () =>
  job((env) => {
    source(env).partitionCustom(promised).sinkTo(out).uid('out');
  }),
);
mistake('a timestamp that is a promise', 'job/async/in', 'watermarks.timestamp returned a promise', () =>
  job((env) => {
    env
      .fromSource(logSource({ topic: 'in', type: event, bounded: true }), {
        uid: 'in',
        watermarks: watermarkPerRecord({ timestamp: promised, delayMs: 5 }),
      })
      .sinkTo(out)
      .uid('out');
  }),
);
mistake('a function that returns a promise', 'job/async/p', 'processElement returned a promise', () =>
  processing({ processElement: () => wrong(Promise.resolve()) }),
);
mistake(
  'map returns nothing',
  'job/bad-result/m',
  'the map function returned undefined; it must return a value (record)',
  () =>
    job((env) => {
      source(env)
        .map(() => wrong(undefined), event, { uid: 'm' }) // HERE
        .sinkTo(out)
        .uid('out');
    }),
);
mistake('flatMap returns no iterable', 'job/bad-result/f', 'it must return an iterable', () =>
  job((env) => {
    source(env)
      .flatMap((e) => wrong(e), event, { uid: 'f' }) // HERE
      .sinkTo(out)
      .uid('out');
  }),
);
mistake('filter forgets to return', 'job/bad-result/f', 'it must return true or false', () =>
  job((env) => {
    source(env)
      .filter(() => wrong(undefined), { uid: 'f' }) // HERE
      .sinkTo(out)
      .uid('out');
  }),
);
mistake('a timestamp that is NaN', 'job/bad-result/in', 'watermarks.timestamp returned NaN', () =>
  job((env) => {
    const watermarks = watermarkPerRecord<Event>({ timestamp: (e) => Number(Reflect.get(e, 'time')), delayMs: 5 });
    env
      .fromSource(logSource({ topic: 'in', type: event, bounded: true }), { uid: 'in', watermarks }) // HERE
      .sinkTo(out)
      .uid('out');
  }),
);
mistake('a custom partitioner names no subtask', 'job/bad-result/m', 'for 2 receivers; return a whole number', () =>
  job((env) => {
    source(env)
      .partitionCustom((e, receivers) => e.n + receivers)
      .map((e) => e, event, { uid: 'm' }) // HERE
      .sinkTo(out)
      .uid('out');
  }),
);
mistake('a factory that throws', 'job/factory/p', 'the factory of the function threw Error: no config', () =>
  processing(() => {
    throw new Error('no config'); // HERE
  }),
);
mistake('a factory that returns something else', 'job/factory/p', 'which has no method processElement', () =>
  processing(() => wrong({ process: () => undefined })),
);

// state and timers

mistake('update with undefined', 'job/state/p', 'update of state "last" with undefined', () =>
  processing({
    processElement(_e, ctx) {
      ctx.getState(last).update(wrong(undefined)); // HERE
    },
  }),
);
mistake('one name for two states of different types', 'job/state/p', 'last', () =>
  processing({
    processElement(e, ctx) {
      ctx.getState(last).update(e);
      ctx.getState(valueState('last', boolean)).update(true); // HERE
    },
  }),
);
mistake('a list state is updated with one item', 'job/not-of-type/p', 'update of state "seen": expected a list', () =>
  processing({
    processElement(e, ctx) {
      ctx.getState(seen).update(wrong(e)); // HERE
    },
  }),
);
mistake('a timer of a function without onTimer', 'job/timer/p', 'the function has no onTimer', () =>
  processing({
    processElement(e, ctx) {
      ctx.timerService.registerEventTimeTimer(e.at); // HERE
    },
  }),
);
mistake('a timer at NaN', 'job/timer/p', 'an event-time timer at NaN', () =>
  processing({
    processElement(_e, ctx) {
      ctx.timerService.registerEventTimeTimer(Number.NaN); // HERE
    },
    onTimer: () => undefined,
  }),
);
mistake(
  'a record without a timestamp in an event-time window',
  'job/no-timestamp/w',
  'event-time windows need one',
  () =>
    job((env) => {
      source(env)
        .keyBy((e) => e.key, string)
        .process<Event>(
          () => ({
            processElement: (_e, ctx) => ctx.timerService.registerProcessingTimeTimer(0),
            onTimer: (_timestamp, ctx, to) => to.collect({ key: ctx.currentKey, n: 0, at: 0, tags: [] }),
          }),
          event,
        )
        .uid('p')
        .keyBy((e) => e.key, string)
        .window(tumblingEventTime(1_000))
        .reduce((a) => a) // HERE
        .uid('w')
        .sinkTo(out)
        .uid('out');
    }),
);

// what `defineJob` refuses

mistake('the output type is forgotten', 'JobError', 'operator "m" (map)', () =>
  job((env) => {
    source(env).map((e) => e, wrong(undefined), { uid: 'm' }); // HERE
  }),
);
mistake('the key type is forgotten', 'JobError', 'the key type of keyBy is missing', () =>
  job((env) => {
    const keyed = source(env).keyBy((e) => e.key, wrong(undefined));
    keyed.reduce((a) => a).uid('sum'); // HERE
  }),
);
mistake('watermarks are forgotten', 'JobError', 'needs watermarks, and got undefined', () =>
  job((env) => {
    env.fromSource(logSource({ topic: 'in', type: event }), wrong({ uid: 'in' })); // HERE
  }),
);
mistake('a class where a factory is due', 'JobError', 'got the class Counter; write () => new Counter()', () => {
  class Counter implements Fn {
    processElement(): void {
      // Never called.
    }
  }
  return job((env) => {
    const keyed = source(env).keyBy((e) => e.key, string);
    keyed.process(wrong(Counter), event).uid('p'); // HERE
  });
});
mistake('an object where a factory is due', 'JobError', 'process needs a factory, and got an object', () =>
  job((env) => {
    const keyed = source(env).keyBy((e) => e.key, string);
    keyed.process(wrong({ processElement: () => undefined }), event).uid('p'); // HERE
  }),
);
mistake(
  'an object where the factory of a trigger is due',
  'JobError',
  'customTrigger needs a factory, and got an',
  () =>
    job((env) => {
      const windows = source(env)
        .keyBy((e) => e.key, string)
        .window(tumblingEventTime(10))
        .trigger(customTrigger(wrong({ onElement: () => 'fire' })));
      windows.reduce((a) => a).uid('p'); // HERE
    }),
);
mistake('a function where a factory is due', 'JobError', 'got a function of 3 parameters; write () => ({ ... })', () =>
  job((env) => {
    const keyed = source(env).keyBy((e) => e.key, string);
    const itself = (e: Event, _ctx: unknown, output: { collect(e: Event): void }): void => output.collect(e);
    keyed.process(wrong(itself), event).uid('p'); // HERE
  }),
);
mistake('a stream without key where a keyed one is due', 'JobError', 'a stream without key; add keyBy(...)', () =>
  job((env) => {
    const keyed = source(env).keyBy((e) => e.key, string);
    keyed.intervalJoin(wrong(source(env).map((e) => e, event))); // HERE
  }),
);
mistake('a keyed stream where one without key is due', 'JobError', 'coGroup needs a stream without key', () =>
  job((env) => {
    const plain = source(env);
    plain.coGroup(wrong(plain.keyBy((e) => e.key, string))); // HERE
  }),
);
mistake('streams of two types in one', 'JobError', 'tags: list(string)} and string)', () =>
  job((env) => {
    const keys = source(env).map((e) => e.key, string);
    source(env).union(wrong(keys)); // HERE
  }),
);
mistake('an option that operators do not have', 'JobError', 'write .setParallelism(...) behind it', () =>
  job((env) => {
    source(env).map((e) => e, event, wrong({ uid: 'm', parallelism: 2 })); // HERE
  }),
);
mistake(
  'a name where a sink is due',
  'JobError',
  'sinkTo needs a sink such as logSink({ topic, type }), and got "out"',
  () =>
    job((env) => {
      const stream = source(env);
      stream.sinkTo(wrong('out')); // HERE
    }),
);
mistake('a topic that is no name', 'JobError', 'needs a topic, and got 5', () =>
  job((env) => {
    source(env)
      .sinkTo(logSink({ topic: wrong(5), type: event })) // HERE
      .uid('out');
  }),
);
const fetched = async (e: Event): Promise<Event> => Promise.resolve(e);
mistake('an async function', 'JobError', 'the function of map is async', () =>
  job((env) => {
    source(env).map(wrong(fetched), event, { uid: 'm' }); // HERE
  }),
);
mistake('no sink', 'JobError', 'the job has no sink', () =>
  job((env) => {
    source(env).map((e) => e, event, { uid: 'm' }); // HERE
  }),
);
mistake('a sink on the topic of the source', 'JobError', 'that a source of the job reads', () =>
  job((env) => {
    source(env)
      .sinkTo(logSink({ topic: 'in', type: event })) // HERE
      .uid('out');
  }),
);
mistake('one uid twice', 'JobError', 'two operators have the uid "same"', () =>
  job((env) => {
    source(env)
      .map((e) => e, event, { uid: 'same' })
      .map((e) => e, event, { uid: 'same' }) // HERE
      .sinkTo(out)
      .uid('out');
  }),
);
mistake('state without a uid', 'JobError', 'has state, so it needs a name of its own', () =>
  job((env) => {
    source(env)
      .keyBy((e) => e.key, string)
      .reduce((a) => a) // HERE
      .sinkTo(out)
      .uid('out');
  }),
);
mistake('a type nested too deep', 'JobError', 'nested deeper than 32 levels', () => {
  let deep: TypeInfo = string;
  for (let i = 0; i < 40; i++) deep = nullable(deep);
  return job((env) => {
    source(env)
      .map(() => null, deep, { uid: 'm' }) // HERE
      .sinkTo(anySink(deep))
      .uid('out');
  });
});
mistake('a key type that has no hash', 'JobError', 'a json value cannot be a key', () =>
  job((env) => {
    const keyed = source(env).keyBy((e) => e.tags, wrong(json));
    keyed.reduce((a) => a).uid('sum'); // HERE
  }),
);

// ---- how each is told

const FILE = 'properties/run/job-mistakes.test.ts';
const LINES = readFileSync(FILE, 'utf8').split('\n');

/** The line marked HERE in the mistake's own lines; undefined: there is none of the user's on the stack. */
function lineOf(name: string): number | undefined {
  const first = LINES.findIndex((line) => line.includes(`'${name}',`));
  expect(first, name).toBeGreaterThan(0);
  const next = LINES.findIndex((line, i) => i > first && line.startsWith('mistake('));
  const at = LINES.findIndex((line, i) => i >= first && (next < 0 || i < next) && line.includes('// HERE'));
  return at < 0 ? undefined : at + 1;
}

function scenarioOf(spec: JobSpec, topics: Topics): Scenario {
  return {
    id: 'mistaken',
    states: '',
    parameters: [],
    build: () => ({ job: spec, topics, confluent: false }),
    generate: () => topics,
    recordArbitrary: () => {
      throw new Error('not used');
    },
  };
}

function runOf(spec: JobSpec, topics: Topics): RunResult {
  return run(scenarioOf(spec, topics), {
    scenario: 'mistaken',
    config: { parallelism: 2 },
    workload: { kind: 'explicit', topics },
    incidents: [],
    choices: { explicit: [] },
  });
}

describe('a mistake of the job is told as one', () => {
  it.each(MISTAKES)('$name: $accused', ({ name, accused, says, job: make, input }) => {
    const line = lineOf(name);
    if (accused === 'JobError') {
      let thrown: unknown;
      try {
        make();
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(JobError);
      const { message } = thrown as JobError;
      expect(message).toContain(says);
      expect(message).toContain(`${FILE}:${line}:`);
      return;
    }
    const { verdict, violations, counters } = runOf(make(), input);
    expect(verdict).toBe('fail');
    expect(violations.map(signatureOf)).toEqual([accused]);
    expect(violations[0]?.message).toContain(says);
    expect(counters.attempts).toBeLessThanOrEqual(1);
    const where = JSON.stringify(violations[0]?.evidence);
    if (line !== undefined) expect(where).toContain(`${FILE}:${line}:`);
    expect(violations[0]?.message).not.toContain(FILE);
  });

  it('there are more than forty of them', () => {
    expect(MISTAKES.length).toBeGreaterThan(40);
  });
});
