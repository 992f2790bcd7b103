/**
 * What a fault costs a run at worst, by what it holds up; times are virtual microseconds. The cost model
 * (`properties/plan/costs.ts`) adds up what the faults of a plan say, and knows nothing of any of them.
 */

export interface Cost {
  /** More for a message between two hosts. */
  readonly messageUs: number;
  /** More for a buffer of records, where only one of them may be under way at a time. */
  readonly bufferUs: number;
  /** More for the upload of a task's part of a checkpoint. */
  readonly uploadUs: number;
  /** More for a request to the service. */
  readonly objectStoreUs: number;
  readonly haUs: number;
  readonly brokerUs: number;
  /** More for the answer of an external service about a record, all requests about it together. */
  readonly serviceUs: number;
  /** More for a request to a disk. */
  readonly diskUs: number;
  /** A partition of the input may be quiet for so long before each block of its records. */
  readonly inputBlockUs: number;
  /** A partition of the input may be there only from then on. */
  readonly inputLateUs: number;
  /** More for a step of an actor, before `stepFactor`; and before it begins. */
  readonly stepUs: number;
  readonly wakeUs: number;
  /** How many times longer the steps of the slowest actor take. */
  readonly stepFactor: number;
  /** A process is away for so long. */
  readonly restartUs: number;
  /** Restarts more than any job must be granted, each with all that follows from it. */
  readonly restarts: number;
}

const NONE: Cost = {
  messageUs: 0,
  bufferUs: 0,
  uploadUs: 0,
  objectStoreUs: 0,
  haUs: 0,
  brokerUs: 0,
  serviceUs: 0,
  diskUs: 0,
  inputBlockUs: 0,
  inputLateUs: 0,
  stepUs: 0,
  wakeUs: 0,
  stepFactor: 1,
  restartUs: 0,
  restarts: 0,
};

/** All at once: delays add up, slow actors multiply, and of the processes that are away the last one counts. */
export function together(costs: readonly Partial<Cost>[]): Cost {
  return costs.reduce<Cost>(plus, NONE);
}

function plus(a: Cost, b: Partial<Cost>): Cost {
  return {
    messageUs: a.messageUs + (b.messageUs ?? 0),
    bufferUs: a.bufferUs + (b.bufferUs ?? 0),
    uploadUs: a.uploadUs + (b.uploadUs ?? 0),
    objectStoreUs: a.objectStoreUs + (b.objectStoreUs ?? 0),
    haUs: a.haUs + (b.haUs ?? 0),
    brokerUs: a.brokerUs + (b.brokerUs ?? 0),
    serviceUs: a.serviceUs + (b.serviceUs ?? 0),
    diskUs: a.diskUs + (b.diskUs ?? 0),
    inputBlockUs: a.inputBlockUs + (b.inputBlockUs ?? 0),
    inputLateUs: Math.max(a.inputLateUs, b.inputLateUs ?? 0),
    stepUs: a.stepUs + (b.stepUs ?? 0),
    wakeUs: a.wakeUs + (b.wakeUs ?? 0),
    stepFactor: a.stepFactor * (b.stepFactor ?? 1),
    restartUs: Math.max(a.restartUs, b.restartUs ?? 0),
    restarts: a.restarts + (b.restarts ?? 0),
  };
}
