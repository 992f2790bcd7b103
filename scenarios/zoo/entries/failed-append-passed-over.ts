import type { ZooEntry } from '../entry.ts';

export const failedAppendPassedOver: ZooEntry = {
  id: 'failed-append-passed-over',
  title: 'A batch whose append has failed is passed over, and the sink goes on',
  origin: 'HUDI-7002: a failed batch is ignored, and the stream goes on: offsets move over what was lost',
  file: 'core/connectors/log/appender.ts',
  find: `      yield* this.#append(batch);
`,
  replace: `      try {
        yield* this.#append(batch);
      } catch (error) {
        if (!(error instanceof Error && error.name === 'IoError')) throw error;
      }
`,
  law: 'sinks',
};
