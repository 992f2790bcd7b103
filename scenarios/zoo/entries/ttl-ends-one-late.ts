import type { ZooEntry } from '../entry.ts';

export const ttlEndsOneLate: ZooEntry = {
  id: 'ttl-ends-one-late',
  title: 'A value is there for one millisecond longer than it has to live',
  origin: 'the boundary of SEMANTICS J5: < for <= (Flink: TtlUtils.expired)',
  file: 'core/state/timed.ts',
  find: 'return timed[TOUCH] + ttlMs <= now;',
  replace: 'return timed[TOUCH] + ttlMs < now;',
  law: 're-execution',
};
