import type { ZooEntry } from '../entry.ts';

export const windowNamespaceNotMigrated: ZooEntry = {
  id: 'window-namespace-not-migrated',
  title: 'What a new version of the job migrates is that of the key: what its windows hold runs together',
  origin: 'the mistake that it stands for: a migration that goes over keys and leaves out their namespaces',
  file: 'core/state/heap/heap-tables.ts',
  find: `      for (const { namespace, value } of cells) table.putFor(key, namespace, convert(value));`,
  replace: `      for (const { value } of cells) table.putFor(key, undefined, convert(value));`,
  law: 're-execution',
};
