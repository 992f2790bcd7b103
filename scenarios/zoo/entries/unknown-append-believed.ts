import type { ZooEntry } from '../entry.ts';

export const unknownAppendBelieved: ZooEntry = {
  id: 'unknown-append-believed',
  title:
    'An at-least-once sink takes an append whose reply was lost for written: a checkpoint covers what is not in the log',
  origin: 'FLINK-5701: a producer that did not wait for the acknowledgement of what a checkpoint covers',
  file: 'core/connectors/log/at-least-once-sink.ts',
  find: `    if (kind !== 'written') throw new IoError(`,
  replace: `    if (kind === 'refused') throw new IoError(`,
  law: 'sinks',
};
