import type { ZooEntry } from '../entry.ts';

export const committablesOfMovedSinkLost: ZooEntry = {
  id: 'committables-of-moved-sink-lost',
  title: 'What a sink has prepared is looked for in the task where it ran before the upgrade, not where it runs now',
  origin: 'FLINK-13973: state of operators that are addressed in another way is not assigned',
  file: 'core/checkpoint/restore/fit.ts',
  find: `        if (home !== undefined) moveTo(vertices, home, vertex, subtask, committable);
        else if (!allowNonRestoredState)`,
  replace: `        if (home === undefined && !allowNonRestoredState)`,
  law: 'sinks',
};
