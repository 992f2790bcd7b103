import type { ZooEntry } from '../entry.ts';

export const leftoversSparedByOwner: ZooEntry = {
  id: 'leftovers-spared-by-owner',
  title:
    'What an older attempt has left open is spared if the restored checkpoint names another transaction of the same owner',
  origin: 'FLINK-40626: open transactions without those that are prepared, compared by pooled id and not by epoch',
  file: 'core/connectors/log/log-sink.ts',
  find: '      if (name === undefined || keep.has(id)) continue;',
  replace:
    "      const ownerOf = (one: string): string => one.slice(prefix.length).split('/')[0] ?? '';\n      if (name === undefined || [...keep].some((one) => ownerOf(one) === ownerOf(id))) continue;",
  law: 'transactions',
};
