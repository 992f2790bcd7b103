import type { ZooEntry } from '../entry.ts';

export const asyncEndOfDataBeforeResults: ZooEntry = {
  id: 'async-end-of-data-before-results',
  title: 'The end of data goes out while elements wait for answers',
  origin: 'endInput that does not wait for what is in flight: the last results of a bounded job are lost',
  file: 'core/task/task-operators.ts',
  find: '      this.async.endInput(() => {\n        this.finish(false);\n      });',
  replace: '      this.finish(false);',
  law: 'order',
};
