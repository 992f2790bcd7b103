import type { ZooEntry } from '../entry.ts';

export const upsertVersionsWithoutAttempt: ZooEntry = {
  id: 'upsert-versions-without-attempt',
  title: 'Versions of a row are ordered by a number that begins anew with each attempt',
  origin: 'a sequence that is not part of the state: what was written before the failure seems newer',
  file: 'core/connectors/upsert/upsert-sink.ts',
  find: "String(attempt).padStart(ATTEMPT_DIGITS, '0')",
  replace: "String(Math.min(attempt, 1)).padStart(ATTEMPT_DIGITS, '0')",
  law: 'upserts-converge',
};
