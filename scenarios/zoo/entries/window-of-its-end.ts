import type { ZooEntry } from '../entry.ts';

export const windowOfItsEnd: ZooEntry = {
  id: 'window-of-its-end',
  title: `A record is in the sliding window that ends at its timestamp, too`,
  origin: `windows that are closed at both ends: >= for >`,
  file: 'core/time/windows.ts',
  find: `start > timestamp - sizeMs; start -= slideMs`,
  replace: `start >= timestamp - sizeMs; start -= slideMs`,
  law: 're-execution',
};
