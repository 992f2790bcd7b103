import type { ZooEntry } from '../entry.ts';

export const ttlSwitchedOnLongAgo: ZooEntry = {
  id: 'ttl-switched-on-long-ago',
  title:
    'What is restored without a time to live, and has one now, was last touched at the beginning of time: it is expired at once',
  origin: 'SEMANTICS J5, state that an upgrade gives a time to live is lost',
  file: 'core/state/timed.ts',
  find: `  const touch = now();
`,
  replace: `  const touch = Math.min(0, now());
`,
  law: 're-execution',
};
