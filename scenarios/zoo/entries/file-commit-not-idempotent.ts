import type { ZooEntry } from '../entry.ts';

export const fileCommitNotIdempotent: ZooEntry = {
  id: 'file-commit-not-idempotent',
  title: 'A file that was finished by an earlier commit is taken for one that is lost',
  origin: 'Arroyo 9ac0f28a: the recovery of uploads does not know those that are complete already',
  file: 'core/connectors/file/file-sink.ts',
  find: "    if (bytes === undefined) return (yield* objects.get(file)) === undefined ? 'failed' : 'already';\n",
  replace: "    if (bytes === undefined) return 'failed';\n",
  law: 'settle',
};
