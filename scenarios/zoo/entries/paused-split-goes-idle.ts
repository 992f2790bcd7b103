import type { ZooEntry } from '../entry.ts';

export const pausedSplitGoesIdle: ZooEntry = {
  id: 'paused-split-goes-idle',
  title: 'A split that its alignment group has paused is quiet: it goes idle after the timeout',
  origin: 'FLINK-35886',
  file: 'core/operators/source-operator.ts',
  find: `      if (state === 'ready') idleTimer.activity();
      if (idleTimer.isIdle(nowMs, heldUp || this.#isPaused(split))) watermarks.setIdle(true);`,
  replace: `      if (state === 'ready' && !this.#isPaused(split)) idleTimer.activity();
      if (idleTimer.isIdle(nowMs, heldUp)) watermarks.setIdle(true);`,
  law: 'idleness',
};
