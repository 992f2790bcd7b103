/** Windows under construction: what has been said of them so far, and the operator that comes of it. */
import type { OutputTag } from '../job/functions.ts';
import type { AssignerSpec, EvictorSpec, TriggerSpec, WindowSpec } from '../job/spec.ts';
import { requireKind } from './requirements.ts';
import { int64, list, nullable, tuple, type TypeInfo } from '../job/types.ts';

/** @internal */
export interface WindowSettings<T> {
  readonly assigner: AssignerSpec;
  /** Undefined: the assigner's own. */
  readonly trigger: TriggerSpec | undefined;
  readonly evictor: EvictorSpec | undefined;
  readonly allowedLatenessMs: number;
  readonly lateOutput: OutputTag<T> | undefined;
  /** In one subtask, without key. */
  readonly isAll: boolean;
}

/** How a pane becomes output. @internal */
export interface PaneMaker {
  readonly fold: WindowSpec['fold'];
  /** Type of what is kept for a window, without an evictor. */
  readonly contents: TypeInfo;
  readonly emit?: WindowSpec['emit'];
  readonly create?: WindowSpec['create'];
}

/** @internal */
export function windowSettings<T>(assigner: AssignerSpec, isAll: boolean): WindowSettings<T> {
  requireKind('window', 'an assigner such as tumblingEventTime(60_000)', assigner);
  return { assigner, trigger: undefined, evictor: undefined, allowedLatenessMs: 0, lateOutput: undefined, isAll };
}

/** @internal */
export function windowSpec<T>(settings: WindowSettings<T>, made: PaneMaker, elementType: TypeInfo<T>): WindowSpec {
  const { assigner, trigger, evictor, allowedLatenessMs, lateOutput } = settings;
  const { fold, contents, emit, create } = made;
  return {
    kind: 'window',
    assigner,
    trigger: trigger ?? defaultTrigger(assigner),
    evictor,
    allowedLatenessMs,
    lateTag: lateOutput?.tag,
    fold,
    accumulatorType: evictor === undefined ? contents : list(tuple(nullable(int64), elementType)),
    emit,
    create,
  };
}

function defaultTrigger(assigner: AssignerSpec): TriggerSpec {
  if (assigner.kind === 'global') return { kind: 'never' };
  return { kind: assigner.domain === 'event' ? 'eventTime' : 'processingTime' };
}
