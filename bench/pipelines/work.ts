/**
 * The pipeline that is measured: records pass through stages, and each hop is one task of the scheduler in question,
 * which chooses the order by a seed. No clock, no crash: that is all that a scheduler of promises can do.
 */
import { avalanche } from '../../sim/kernel/digest.ts';

export interface PipelineLoad {
  readonly stages: number;
  /** Records of one turn, all of them under way from the start. */
  readonly records: number;
}

export function inputOf(seed: number, index: number): number {
  return avalanche((seed ^ Math.imul(index, 0x9e3779b9)) | 0) >>> 0;
}

/** What a stage does to a record. */
export function stage(at: number, value: number): number {
  return (Math.imul(value, 0x85ebca6b) + at) >>> 0;
}

/** The output as a set: the schedulers may deliver it in any order. */
export class Output {
  count = 0;
  #sum = 0;

  add(value: number): void {
    this.count++;
    this.#sum = (this.#sum + value) | 0;
  }

  /** Throws unless everything has arrived. */
  total(records: number): string {
    if (this.count !== records) throw new Error(`${this.count} of ${records} records came through the pipeline`);
    return `${this.count} records, ${(this.#sum >>> 0).toString(16).padStart(8, '0')}`;
  }
}
