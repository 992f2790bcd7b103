import type { ZooEntry } from '../entry.ts';

export const commitByTimeOfCommit: ZooEntry = {
  id: 'commit-by-time-of-commit',
  title: 'A file gets its final name when it is committed: a commit that is repeated makes a second file',
  origin: 'PAIMON-9666: the identity by which a repeated commit is known is drawn anew with each commit',
  file: 'core/connectors/file/file-sink.ts',
  find: "    if (bytes === undefined) return (yield* objects.get(file)) === undefined ? 'failed' : 'already';\n    const { kind } = yield* objects.put(file, bytes);",
  replace:
    "    if (bytes === undefined) return 'already';\n    const { kind } = yield* objects.put(`${file}-${this.#env.ports.clock.now()}`, bytes);",
  law: 'files-once',
};
