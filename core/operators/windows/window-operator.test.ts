import { describe, expect, it } from 'vitest';
import { MAX_TIMESTAMP } from '../../job/functions.ts';
import type { WindowSpec } from '../../job/spec.ts';
import { valueState } from '../../job/states.ts';
import { int32, list, string } from '../../job/types.ts';
import type { ProcessWindowContext, Trigger } from '../../job/window-functions.ts';
import { JobError } from '../../errors.ts';
import { contentsOf, type KeyedImage } from '../../state/testing/image.ts';
import { OperatorTask } from '../testing/operator-host.ts';
import type { Emitted } from '../testing/operator-host.ts';
import { WindowOperator } from './window-operator.ts';

/** Windows of 10, collecting the values; a pane is `key@start: values`. */
function spec(options: Partial<Pick<WindowSpec, 'allowedLatenessMs' | 'lateTag' | 'fold' | 'emit'>> = {}): WindowSpec {
  return {
    kind: 'window',
    assigner: { kind: 'tumbling', domain: 'event', sizeMs: 10, offsetMs: 0 },
    trigger: { kind: 'eventTime' },
    evictor: undefined,
    create: undefined,
    allowedLatenessMs: 0,
    lateTag: 'late',
    fold: {
      kind: 'aggregate',
      fn: {
        createAccumulator: () => [],
        add: (value, accumulator) => [...(accumulator as unknown[]), value],
        getResult: (accumulator) => (accumulator as unknown[]).join(' '),
        merge: (a, b) => [...(a as unknown[]), ...(b as unknown[])],
      },
    },
    accumulatorType: list(int32),
    emit: ({ key, window, result }) => `${String(key)}@${window.start}: ${String(result)}`,
    ...options,
  };
}
function task(windows = spec(), restored?: KeyedImage): OperatorTask {
  return new OperatorTask(string, (host) => new WindowOperator(windows, host), restored);
}
/** `value` or `tag:value`, and the timestamp. */
function shown(emitted: readonly Emitted[]): string[] {
  return emitted.map(
    ({ tag, value, timestamp }) => `${tag === undefined ? '' : `${tag}:`}${String(value)} t${timestamp}`,
  );
}
/** A record whose value is its timestamp. */
function put(operator: OperatorTask, key: string, timestamp: number): string[] {
  return shown(operator.process(key, timestamp, timestamp));
}
function content(operator: OperatorTask): { entries: unknown[]; timers: number[] } {
  const groups = contentsOf(operator.snapshot());
  return {
    entries: groups.flatMap((g) => g.entries.map((e) => [e.state, e.key, e.namespace?.start, e.value])),
    timers: groups.flatMap((g) => g.timers.map((t) => t.timestamp)).sort((a, b) => a - b),
  };
}

describe('a pane', () => {
  it('fires once when the watermark reaches end - 1, with that timestamp, and is cleared', () => {
    const op = task();
    expect([put(op, 'a', 3), put(op, 'a', 9), put(op, 'a', 10)]).toEqual([[], [], []]);
    expect(shown(op.advance(8))).toEqual([]);
    expect(shown(op.advance(9))).toEqual(['a@0: 3 9 t9']);
    expect(shown(op.advance(18))).toEqual([]);
    expect(shown(op.advance(19))).toEqual(['a@10: 10 t19']);
    expect(content(op)).toEqual({ entries: [], timers: [] });
  });

  it('keeps apart keys and windows; ties fire in order of the serialized key', () => {
    const op = task();
    for (const [key, timestamp] of [
      ['b', 5],
      ['a', 15],
      ['a', 5],
      ['b', 15],
    ] as const)
      put(op, key, timestamp);
    expect(shown(op.advance(100))).toEqual(['a@0: 5 t9', 'b@0: 5 t9', 'a@10: 15 t19', 'b@10: 15 t19']);
  });

  it('is assigned correctly for negative timestamps', () => {
    const op = task();
    for (const timestamp of [-1, -10, -11]) put(op, 'a', timestamp);
    expect(shown(op.advance(-11))).toEqual(['a@-20: -11 t-11']);
    expect(shown(op.advance(-2))).toEqual([]);
    expect(shown(op.advance(-1))).toEqual(['a@-10: -1 -10 t-1']);
  });

  it('without lateness has one timer, else one to fire and one to clean up', () => {
    const plain = task();
    put(plain, 'a', 3);
    expect(content(plain)).toEqual({ entries: [['window-contents', 'a', 0, [3]]], timers: [9] });
    const patient = task(spec({ allowedLatenessMs: 5 }));
    put(patient, 'a', 3);
    put(patient, 'a', 4);
    expect(content(patient)).toEqual({ entries: [['window-contents', 'a', 0, [3, 4]]], timers: [9, 14] });
    expect(patient.facts.map(([kind]) => kind)).toEqual([
      'windowAdded',
      'timerRegistered',
      'timerRegistered',
      'windowAdded',
    ]);
  });

  it('fires at the end of input, which leaves nothing behind', () => {
    const op = task(spec({ allowedLatenessMs: 5 }));
    put(op, 'a', 3);
    expect(shown(op.advance(MAX_TIMESTAMP))).toEqual(['a@0: 3 t9']);
    expect(content(op)).toEqual({ entries: [], timers: [] });
  });

  it('with a cleanup time beyond event time is never cleaned up', () => {
    const op = task(spec({ allowedLatenessMs: MAX_TIMESTAMP }));
    put(op, 'a', 3);
    expect(content(op).timers).toEqual([9]);
    expect(shown(op.advance(100))).toEqual(['a@0: 3 t9']);
    expect(put(op, 'a', 4)).toEqual(['a@0: 3 4 t9']);
  });
});

describe('late data, without lateness', () => {
  it.each([
    // watermark, timestamp, where it goes
    [8, 9, []],
    [9, 9, ['late:9 t9']],
    [9, 0, ['late:0 t0']],
    [9, 10, []],
    [12, 11, []], // behind the watermark, but its window is open
    [18, 10, []],
    [19, 19, ['late:19 t19']],
    [-1, -1, ['late:-1 t-1']],
    [-2, -1, []],
  ])('at watermark %i an element at %i emits %j', (watermark, timestamp, expected) => {
    const op = task();
    op.advance(watermark);
    expect(put(op, 'a', timestamp)).toEqual(expected);
  });

  it('is dropped where there is no late output, and stated either way', () => {
    const op = task(spec({ lateTag: undefined }));
    op.advance(9);
    expect(put(op, 'a', 3)).toEqual([]);
    expect(op.facts).toEqual([
      ['recordLate', { task: op.task, key: 'a', timestamp: 3, watermark: 9, output: 'dropped' }],
    ]);
    expect(content(op)).toEqual({ entries: [], timers: [] });
    const tagged = task();
    tagged.advance(9);
    put(tagged, 'a', 3);
    expect(tagged.facts[0]?.[1]).toMatchObject({ output: 'late-output' });
  });
});

describe('allowed lateness', () => {
  it('an element within it fires the pane again at once, with all its contents', () => {
    const op = task(spec({ allowedLatenessMs: 5 }));
    put(op, 'a', 1);
    expect(shown(op.advance(9))).toEqual(['a@0: 1 t9']);
    expect(put(op, 'a', 2)).toEqual(['a@0: 1 2 t9']);
    op.advance(13);
    expect(put(op, 'a', 3)).toEqual(['a@0: 1 2 3 t9']);
    expect(shown(op.advance(14))).toEqual([]);
    expect(put(op, 'a', 9)).toEqual(['late:9 t9']);
    expect(content(op)).toEqual({ entries: [], timers: [] });
  });

  it('the first element of a pane may come within it: it fires alone and is cleaned up', () => {
    const op = task(spec({ allowedLatenessMs: 5 }));
    op.advance(12);
    expect(put(op, 'a', 2)).toEqual(['a@0: 2 t9']);
    expect(content(op).timers).toEqual([14]);
    expect(shown(op.advance(14))).toEqual([]);
    expect(content(op)).toEqual({ entries: [], timers: [] });
  });

  it('states each firing', () => {
    const op = task(spec({ allowedLatenessMs: 5 }));
    put(op, 'a', 1);
    op.advance(9);
    put(op, 'a', 2);
    const window = { start: 0, end: 10 };
    const fact = { task: op.task, key: 'a', window, watermark: 9, purges: false };
    expect(op.facts.filter(([kind]) => kind === 'paneFired')).toEqual([
      ['paneFired', { ...fact, by: 'event' }],
      ['paneFired', { ...fact, by: 'element' }],
    ]);
  });
});

describe('a restore', () => {
  it('continues with contents and timers', () => {
    const before = task(spec({ allowedLatenessMs: 5 }));
    put(before, 'a', 1);
    put(before, 'b', 2);
    before.advance(5);
    const after = task(spec({ allowedLatenessMs: 5 }), before.snapshot());
    put(after, 'a', 3);
    expect(shown(after.advance(9))).toEqual(['a@0: 1 3 t9', 'b@0: 2 t9']);
    expect(put(after, 'a', 4)).toEqual(['a@0: 1 3 4 t9']);
    after.advance(14);
    expect(content(after)).toEqual({ entries: [], timers: [] });
  });

  it('reverses no lateness decision: a pane that has been cleared stays closed', () => {
    const before = task();
    put(before, 'a', 1);
    before.advance(9);
    const after = task(spec(), before.snapshot());
    expect(put(after, 'a', 2)).toEqual(['late:2 t2']);
    after.advance(4);
    expect(put(after, 'a', 2)).toEqual(['late:2 t2']);
  });
});

/** SEMANTICS J5: of a window, of a key, of a trigger. */
describe('a time to live', () => {
  const ageing = valueState('s', int32, { ttl: { ms: 10 } });
  const fault = 'state "s" has a time to live, and states of windows have none';
  const asking = (ask: (ctx: ProcessWindowContext) => unknown): WindowSpec => ({
    ...spec({ emit: undefined }),
    create: () => ({ process: (_, ctx) => void ask(ctx) }),
  });

  it.each<[string, WindowSpec]>([
    ['of a window', asking((ctx) => ctx.windowState.getState(ageing))],
    ['of a key', asking((ctx) => ctx.globalState.getState(ageing))],
  ])('no state %s has', (_, windows) => {
    const op = task(windows);
    put(op, 'a', 3);
    expect(() => op.advance(9)).toThrow(fault);
  });

  it('no state of a trigger has', () => {
    const trigger: Trigger<unknown> = {
      onElement: (_value, _timestamp, _window, ctx) => {
        ctx.getState(ageing);
        return 'continue';
      },
      onEventTime: () => 'continue',
      onProcessingTime: () => 'continue',
      clear: () => undefined,
    };
    expect(() => put(task({ ...spec(), trigger: { kind: 'custom', create: () => trigger } }), 'a', 3)).toThrow(fault);
  });

  it('a later version of the job cannot give them either', () => {
    const plain = valueState('s', int32);
    const before = task(asking((ctx) => ctx.globalState.getState(plain).update(1)));
    put(before, 'a', 3);
    before.advance(9);
    const after = task(
      asking((ctx) => ctx.globalState.getState(ageing)),
      before.snapshot(),
    );
    put(after, 'a', 13);
    expect(() => after.advance(19)).toThrow(fault);
  });
});

describe('functions', () => {
  it('reduce starts with the first value; without emit the result itself is emitted', () => {
    const max: WindowSpec = {
      ...spec({ fold: { kind: 'reduce', fn: (a, b) => Math.max(Number(a), Number(b)) }, emit: undefined }),
      accumulatorType: int32,
    };
    const op = task(max);
    for (const timestamp of [3, 7, 5]) put(op, 'a', timestamp);
    expect(op.advance(9)).toEqual([{ tag: undefined, value: 7, timestamp: 9 }]);
  });

  it('a promise, an undefined accumulator and a record without a timestamp are job errors', () => {
    const thenable = { then: () => undefined };
    const promised = task(spec({ fold: { kind: 'reduce', fn: () => thenable } }));
    put(promised, 'a', 1);
    expect(() => put(promised, 'a', 2)).toThrow(JobError);
    const emitted = task(spec({ emit: () => thenable }));
    put(emitted, 'a', 1);
    expect(() => emitted.advance(9)).toThrow(JobError);
    const none = task(spec({ fold: { kind: 'reduce', fn: () => undefined } }));
    put(none, 'a', 1);
    expect(() => put(none, 'a', 2)).toThrow(JobError);
    expect(() => task().process('a', 1, undefined)).toThrow(JobError);
  });
});
