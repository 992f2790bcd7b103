import type { ZooEntry } from '../entry.ts';

export const blockUnchecked: ZooEntry = {
  id: 'block-unchecked',
  title: 'The checksum of a block is not looked at when it is read',
  origin: 'RocksDB without verify_checksums',
  file: 'core/state/lsm/block.ts',
  find: `  if (stored !== checksumOf(bytes, Math.max(end, 0), seed, offset)) {`,
  replace: `  if (Number.isNaN(stored)) {`,
  law: 're-execution',
  also: ['event-time-conservation'],
};
