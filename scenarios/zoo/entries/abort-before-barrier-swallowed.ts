import type { ZooEntry } from '../entry.ts';

export const abortBeforeBarrierSwallowed: ZooEntry = {
  id: 'abort-before-barrier-swallowed',
  title: 'A checkpoint that was aborted before its barrier came is skipped and no cancel marker is sent downstream',
  origin: 'FLINK-18238 (tier 1)',
  file: 'core/task/barrier-actions.ts',
  find: `      case 'cancelled':
        this.#passOver(checkpoint);
`,
  replace: `      case 'cancelled':
        this.#targets.underWay.forget(checkpoint);
`,
  law: 'barriers-forwarded',
};
