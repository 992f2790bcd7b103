import type { ZooEntry } from '../entry.ts';

export const savepointBarrierOvertakes: ZooEntry = {
  id: 'savepoint-barrier-overtakes',
  title: 'The barrier of a savepoint overtakes because the job is unaligned, and what it overtakes is kept nowhere',
  origin: 'FLINK-18252 (tier 1)',
  file: 'core/task/task-checkpoints.ts',
  find: `          channel.sendControl(sent);
`,
  replace: `          if (env.config.checkpointing.unaligned && onEdge.kind !== 'checkpoint' && onEdge.alignment === 'aligned')
            channel.sendOvertaking(sent);
          else channel.sendControl(sent);
`,
  law: 'barrier-mode',
};
