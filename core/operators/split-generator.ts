/**
 * The watermark generator of a source at the border to the author's code: a generator of the author's is called like any other
 * function of a job, and what it remembers of a split is checked, frozen and written into the split's state (SEMANTICS W6).
 */
import { JobError } from '../errors.ts';
import { MIN_TIMESTAMP, type Timestamp } from '../job/functions.ts';
import type { GeneratorSpec } from '../job/spec.ts';
import type { SplitState } from '../connectors/connector-state.ts';
import type { GeneratorState } from '../time/watermark-generators.ts';
import { refusedTimestamp } from '../time/timestamps.ts';
import type { UserCode } from '../user-code.ts';
import { fromBytes, toBytes } from '../values/serializers.ts';
import { type Taker, takerOf } from '../values/taker.ts';

type Stored = Pick<SplitState, 'maxTimestamp' | 'lastWatermark' | 'generator'>;

export class SplitGenerator {
  /** Its functions are guarded. */
  readonly spec: GeneratorSpec;

  constructor(generator: GeneratorSpec, uid: string, user: UserCode) {
    this.spec = generator.kind === 'custom' ? guarded(generator, uid, user) : generator;
  }

  restored({ maxTimestamp, lastWatermark, generator }: Stored): GeneratorState {
    if (this.spec.kind !== 'custom' || generator === null) return { maxTimestamp, lastWatermark };
    return { maxTimestamp, lastWatermark, own: fromBytes(this.spec.stateType, generator) };
  }

  snapshot({ maxTimestamp, lastWatermark, own }: GeneratorState): Stored {
    const generator = this.spec.kind === 'custom' && own !== undefined ? toBytes(this.spec.stateType, own) : null;
    return { maxTimestamp, lastWatermark, generator };
  }
}

type Custom = Extract<GeneratorSpec, { readonly kind: 'custom' }>;

function guarded(generator: Custom, uid: string, user: UserCode): Custom {
  const { fn, stateType } = generator;
  const taker = takerOf(stateType);
  return {
    ...generator,
    fn: {
      createState: () => call(user, uid, 'createState', taker, () => fn.createState()),
      onRecord: (state, value, timestamp) =>
        call(user, uid, 'onRecord', taker, () => fn.onRecord(state, value, timestamp)),
      ...(fn.isIdle === undefined
        ? {}
        : { isIdle: (state: unknown) => call(user, uid, 'isIdle', undefined, () => fn.isIdle?.(state) === true) }),
      watermark: (state) =>
        watermarkOf(
          call(user, uid, 'watermark', undefined, () => fn.watermark(state)),
          user,
          uid,
        ),
    },
  };
}

function call<R>(user: UserCode, uid: string, method: string, taker: Taker | undefined, body: () => R): R {
  const where = `${method} of the watermark generator`;
  let result: R;
  user.enter(uid);
  try {
    result = body();
  } catch (error) {
    throw user.thrown(error, uid, where);
  }
  user.leave();
  if (taker !== undefined) user.take(taker, result, `what ${where} returned`);
  return result;
}

function watermarkOf(watermark: unknown, user: UserCode, uid: string): Timestamp | undefined {
  if (watermark === undefined) return undefined;
  const where = 'watermark of the watermark generator';
  const refusal = refusedTimestamp(watermark, where);
  if (refusal !== undefined) throw user.promised(watermark, where, uid) ?? user.fault('bad-result', refusal, uid);
  if (typeof watermark !== 'number') throw new JobError('unreachable: a timestamp is a number');
  return Math.max(MIN_TIMESTAMP, watermark);
}
