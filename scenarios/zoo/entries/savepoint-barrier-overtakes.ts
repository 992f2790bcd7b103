import type { ZooEntry } from '../entry.ts';

export const savepointBarrierOvertakes: ZooEntry = {
  id: 'savepoint-barrier-overtakes',
  title: 'The barrier of a savepoint overtakes because the job is unaligned, and what it overtakes is kept nowhere',
  origin: 'FLINK-18252 (tier 1)',
  file: 'core/task/barrier-sender.ts',
  find: `      channel.sendControl(barrier);
`,
  replace: `      if (this.#env.config.checkpointing.unaligned && options.kind !== 'checkpoint' && options.alignment === 'aligned')
        channel.sendOvertaking(barrier);
      else channel.sendControl(barrier);
`,
  law: 'barrier-mode',
};
