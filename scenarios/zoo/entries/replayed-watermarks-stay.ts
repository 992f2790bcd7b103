import type { ZooEntry } from '../entry.ts';

export const replayedWatermarksStay: ZooEntry = {
  id: 'replayed-watermarks-stay',
  title: 'What a valve has learnt of watermarks in replayed data stays when the replay is over',
  origin: 'FLINK-18405 in its nearest form: restored channels and new ones are told apart no more',
  file: 'core/time/input-valves.ts',
  find: '    for (const { valve } of this.#inputs) valve.replayEnded();\n',
  replace: '',
  law: 'watermarks',
};
