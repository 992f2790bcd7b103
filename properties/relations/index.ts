/** Every relation. */
import { batchEqualsStream } from './batch-equals-stream.ts';
import { disciplines } from './disciplines.ts';
import { parallelism } from './parallelism.ts';
import { partitioning } from './partitioning.ts';
import type { Relation } from './relation.ts';
import { schedule } from './schedule.ts';
import { weather } from './weather.ts';

export { type Difference, relate, type Relation } from './relation.ts';
export const RELATIONS: readonly Relation[] = [
  disciplines,
  schedule,
  parallelism,
  partitioning,
  weather,
  batchEqualsStream,
];
