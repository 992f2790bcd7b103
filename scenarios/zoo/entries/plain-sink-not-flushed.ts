import type { ZooEntry } from '../entry.ts';

export const plainSinkNotFlushed: ZooEntry = {
  id: 'plain-sink-not-flushed',
  title:
    'An at-least-once sink says that it has nothing to flush: a checkpoint covers records that are still in its queue',
  origin: 'FLINK-5701: the Kafka producer did not flush its pending records at a checkpoint',
  file: 'core/connectors/log/at-least-once-sink.ts',
  find: `    return this.#appender.busy;
`,
  replace: `    return false;
`,
  law: 'sinks',
};
