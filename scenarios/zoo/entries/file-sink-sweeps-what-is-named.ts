import type { ZooEntry } from '../entry.ts';

export const fileSinkSweepsWhatIsNamed: ZooEntry = {
  id: 'file-sink-sweeps-what-is-named',
  title: 'A file sink that opens sweeps the files that the restored checkpoint names, too',
  origin:
    'a clean-up of leftovers that does not know the committables of the restored state: FLINK-18263, data loss after recovery',
  file: 'core/connectors/file/file-sink.ts',
  find: 'parts === undefined || keep.has(id) || Number',
  replace: 'parts === undefined || (keep.has(id) && attempt === 0) || Number',
  law: 'transactions',
};
