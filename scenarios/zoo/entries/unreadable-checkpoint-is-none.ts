import type { ZooEntry } from '../entry.ts';

export const unreadableCheckpointIsNone: ZooEntry = {
  id: 'unreadable-checkpoint-is-none',
  title: 'A checkpoint whose metadata cannot be read now counts as none: the job starts from nothing',
  origin: 'FLINK-22502: a recovery passes over completed checkpoints that it cannot read',
  file: 'core/cluster/attempt-preparation.ts',
  find: '  const bytes = yield* ports.objects.get(newest.metadata);\n',
  replace:
    '  let bytes: Uint8Array | undefined;\n  try {\n    bytes = yield* ports.objects.get(newest.metadata);\n  } catch (error) {\n    if (!(error instanceof IoError)) throw error;\n    return undefined;\n  }\n',
  law: 'restored-newest',
};
