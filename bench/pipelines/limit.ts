/** The pipeline with nothing around it: synchronous mailboxes, and a random choice of the stage that goes next. */
import { avalanche } from '../../sim/kernel/digest.ts';
import { inputOf, Output, type PipelineLoad, stage } from './work.ts';

export function limitPipeline({ stages, records }: PipelineLoad, seed: number): string {
  const mailboxes = Array.from({ length: stages }, () => new Int32Array(records));
  const heads = new Int32Array(stages);
  const tails = new Int32Array(stages);
  const output = new Output();
  for (let index = 0; index < records; index++) mailboxes[0]![tails[0]!++] = inputOf(seed, index);
  for (let hop = 0; hop < records * stages; hop++) {
    let at = (avalanche((seed + hop) | 0) >>> 0) % stages;
    do at = (at + 1) % stages;
    while (heads[at]! === tails[at]!);
    const value = stage(at, mailboxes[at]![heads[at]!++]!);
    if (at + 1 === stages) output.add(value);
    else mailboxes[at + 1]![tails[at + 1]!++] = value;
  }
  return output.total(records);
}
