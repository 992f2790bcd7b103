import type { ZooEntry } from '../entry.ts';

export const windowOfNegativeTime: ZooEntry = {
  id: 'window-of-negative-time',
  title: 'Before 1970 the start of a window is rounded towards 0',
  origin: 'FLINK-26334: negative timestamps get the wrong window',
  file: 'core/time/windows.ts',
  find: '  return remainder < 0 ? timestamp - (remainder + sizeMs) : timestamp - remainder;',
  replace: '  return timestamp - remainder;',
  law: 'event-time-conservation',
};
