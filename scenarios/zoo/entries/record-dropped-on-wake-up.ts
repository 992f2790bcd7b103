import type { ZooEntry } from '../entry.ts';

export const recordDroppedOnWakeUp: ZooEntry = {
  id: 'record-dropped-on-wake-up',
  title: 'The record that a reader has taken when splits are added is dropped',
  origin: 'FLINK-17268: a wake-up in the moment in which a fetch returns drops its records, and the position has moved',
  file: 'core/operators/source-operator.ts',
  find: '      const polled = split.reader.poll();\n',
  replace:
    "      let polled = split.reader.poll();\n      const woken = this as { known?: number };\n      const known = woken.known ?? 0;\n      if (count > known) {\n        if (known > 0 && at < known && typeof polled === 'object') polled = split.reader.poll();\n        woken.known = count;\n      }\n",
  law: 'sources',
};
