import type { ZooEntry } from '../entry.ts';

export const finishedOperatorAdvances: ZooEntry = {
  id: `finished-operator-advances`,
  title: `The end of event time reaches the operators of a task that had finished in the restored checkpoint`,
  origin: `FLINK-23708: the end of the input is relayed to operators that were finished on restore`,
  file: `core/task/task-operators.ts`,
  find: `    if (restore.finished) return;
    ports.probe.watermarkAdvanced`,
  replace: `    if (restore.finished && watermark < MAX_TIMESTAMP) return;
    ports.probe.watermarkAdvanced`,
  law: `watermarks`,
  also: [`re-execution`],
};
