import type { ZooEntry } from '../entry.ts';

export const enumeratorsKeepWhatWasLost: ZooEntry = {
  id: `enumerators-keep-what-was-lost`,
  title: `The enumerators of a new attempt go on where those of the failed one were: what they had assigned since the checkpoint is lost`,
  origin: `FLINK-17702: splits of readers that were cancelled with a failed one stay assigned to them`,
  file: `core/cluster/attempt.ts`,
  find: `    const enumerators = new Enumerators(graph.vertices, metadata, {
      ports,
      config,
      attempt: number,
      toSubtask: (subtask, kind, body) => {
        deployment.toSubtask(subtask, kind, body);
      },
    });
    const alignment`,
  replace: `    const last: unknown = Reflect.get(ports, 'enumerators');
    const now =
      last instanceof Enumerators && metadata !== undefined ? { ...metadata, enumerators: last.snapshot() } : metadata;
    const enumerators = new Enumerators(graph.vertices, now, {
      ports,
      config,
      attempt: number,
      toSubtask: (subtask, kind, body) => {
        deployment.toSubtask(subtask, kind, body);
      },
    });
    Reflect.set(ports, 'enumerators', enumerators);
    const alignment`,
  law: `splits`,
};
