import type { ZooEntry } from '../entry.ts';

export const idleNotPassedOn: ZooEntry = {
  id: 'idle-not-passed-on',
  title: 'A task whose inputs are all idle does not say so downstream',
  origin: 'the mistake that it stands for: only sources say that they are idle',
  file: 'core/task/input-watermarks.ts',
  find: `        operators.status(idle);
`,
  replace: `        if (!idle) operators.status(idle);
`,
  law: 'watermarks',
};
