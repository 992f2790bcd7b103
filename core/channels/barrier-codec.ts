/** Barrier options on the wire: in the barriers of a channel, and in the control messages that trigger a checkpoint. */
import { ALIGNMENTS, type BarrierOptions, CHECKPOINT_KINDS } from '../barrier-options.ts';
import { EngineBug } from '../errors.ts';
import { int32, record, type TypeOf } from '../job/types.ts';
import type { ByteReader, ByteWriter } from '../values/bytes.ts';

/** For control messages. */
export const barrierOptionsType = record({ alignment: int32, timeoutMs: int32, kind: int32 });
export type BarrierOptionsBody = TypeOf<typeof barrierOptionsType>;

export function optionsToBody({ alignment, timeoutMs, kind }: BarrierOptions): BarrierOptionsBody {
  return { alignment: ALIGNMENTS.indexOf(alignment), timeoutMs, kind: CHECKPOINT_KINDS.indexOf(kind) };
}
export function optionsFromBody(body: BarrierOptionsBody): BarrierOptions {
  const alignment = ALIGNMENTS[body.alignment];
  const kind = CHECKPOINT_KINDS[body.kind];
  if (alignment === undefined || kind === undefined) throw new EngineBug('barrier options of no known kind');
  return { alignment, timeoutMs: body.timeoutMs, kind };
}
export function writeOptions(options: BarrierOptions, out: ByteWriter): void {
  out.byte(ALIGNMENTS.indexOf(options.alignment) * CHECKPOINT_KINDS.length + CHECKPOINT_KINDS.indexOf(options.kind));
  out.varint(options.timeoutMs);
}
export function readOptions(input: ByteReader): BarrierOptions {
  const tag = input.byte();
  return optionsFromBody({
    alignment: Math.floor(tag / CHECKPOINT_KINDS.length),
    kind: tag % CHECKPOINT_KINDS.length,
    timeoutMs: input.varint(),
  });
}
