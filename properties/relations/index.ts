/** Every relation. */
import { disciplines } from './disciplines.ts';
import type { Relation } from './relation.ts';

export { type Difference, relate, type Relation } from './relation.ts';
export const RELATIONS: readonly Relation[] = [disciplines];
