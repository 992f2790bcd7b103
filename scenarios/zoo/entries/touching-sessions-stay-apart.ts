import type { ZooEntry } from '../entry.ts';

export const touchingSessionsStayApart: ZooEntry = {
  id: 'touching-sessions-stay-apart',
  title: 'Sessions that touch do not merge',
  origin: 'the boundary of a session: < for <=, TimeWindow.intersects',
  file: 'core/time/windows.ts',
  find: '  return a.start <= b.end && a.end >= b.start;',
  replace: '  return a.start < b.end && a.end > b.start;',
  law: 'event-time-conservation',
};
