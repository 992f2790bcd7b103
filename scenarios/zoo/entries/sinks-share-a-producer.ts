import type { ZooEntry } from '../entry.ts';

export const sinksShareAProducer: ZooEntry = {
  id: `sinks-share-a-producer`,
  title: `The producer of a sink is named by its subtask alone: two sinks of a job fence each other`,
  origin: `FLINK-9295: two sinks of one name in a job have the same transactional ids`,
  file: `core/connectors/log/log-sink.ts`,
  find: `    return \`\${this.#env.job}/\${this.#env.sink}/\${owner}\`;`,
  replace: `    return \`\${this.#env.job}/\${owner}\`;`,
  law: `settle`,
};
