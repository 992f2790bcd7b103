import type { ZooEntry } from '../entry.ts';

export const futureBoundInclusive: ZooEntry = {
  id: 'future-bound-inclusive',
  title: 'A record exactly at the bound of the future is sorted out',
  origin: 'SEMANTICS V11: `>=` for `>`',
  file: 'core/task/source-input.ts',
  find: 'timestamp > now + futureBound.maxAheadMs',
  replace: 'timestamp >= now + futureBound.maxAheadMs',
  law: 're-execution',
};
