import type { ZooEntry } from '../entry.ts';

export const windowLateTooLate: ZooEntry = {
  id: 'window-late-too-late',
  title: 'A window still takes a record at its clean-up time',
  origin: 'the boundary of lateness: < for <=',
  file: 'core/time/windows.ts',
  find: '  return cleanupTime(window, allowedLatenessMs) <= watermark;',
  replace: '  return cleanupTime(window, allowedLatenessMs) < watermark;',
  law: 'event-time-conservation',
  also: ['event-time'],
};
