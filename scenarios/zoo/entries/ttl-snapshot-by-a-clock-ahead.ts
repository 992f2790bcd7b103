import type { ZooEntry } from '../entry.ts';

export const ttlSnapshotByAClockAhead: ZooEntry = {
  id: 'ttl-snapshot-by-a-clock-ahead',
  title: 'A snapshot with clean-up leaves out what will have expired ten seconds later',
  origin: 'SEMANTICS J8: another clock than that of the host, a margin for the time that a restore may take, say',
  file: 'core/operators/heads/keyed-head.ts',
  find: `    const now = this.clock.now();
    this.probe.snapshotSieved?.(`,
  replace: `    const now = this.clock.now() + 10_000;
    this.probe.snapshotSieved?.(`,
  law: 'host-clock',
};
