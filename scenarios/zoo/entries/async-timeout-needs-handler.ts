import type { ZooEntry } from '../entry.ts';

export const asyncTimeoutNeedsHandler: ZooEntry = {
  id: 'async-timeout-needs-handler',
  title: 'Without a function for it a time limit that is over does nothing',
  origin:
    'a default of a handler that swallows what it should pass on: an answer that never comes holds the job for good',
  file: 'core/operators/heads/async-head.ts',
  find: `    if (this.#fn?.timeout === undefined)
      throw new IoError(\`service \${operator.service.name}: no answer within \${operator.timeoutMs} ms\`);
`,
  replace: `    if (this.#fn?.timeout === undefined || operator.timeoutMs < 1) return;
`,
  law: 'settle',
};
