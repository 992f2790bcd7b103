import type { ZooEntry } from '../entry.ts';

export const elementLateTooLate: ZooEntry = {
  id: 'element-late-too-late',
  title:
    'An element that no window takes is late only beyond its bound of lateness: at it, it is dropped without a word',
  origin: 'the boundary of SEMANTICS L3: < for <=',
  file: 'core/time/windows.ts',
  find: `  return saturatingAdd(timestamp, allowedLatenessMs) <= watermark;`,
  replace: `  return saturatingAdd(timestamp, allowedLatenessMs) < watermark;`,
  law: 'event-time-conservation',
};
