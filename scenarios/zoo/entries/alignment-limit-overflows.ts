import type { ZooEntry } from '../entry.ts';

export const alignmentLimitOverflows: ZooEntry = {
  id: 'alignment-limit-overflows',
  title: 'The limit of an alignment group is not held at the end of event time',
  origin: 'FLINK-31632: MAX watermark + allowed drift overflows',
  file: 'core/cluster/alignment.ts',
  find: `    const limit = saturatingAdd(least, drift);
`,
  replace: `    const limit = least === MAX_TIMESTAMP ? -saturatingAdd(least, drift) : least + drift;
`,
  law: 'alignment',
};
