import type { ZooEntry } from '../entry.ts';

export const senderSideReplayedFirst: ZooEntry = {
  id: 'sender-side-replayed-first',
  title: "Of in-flight data the sender's side is replayed before the receiver's",
  origin: 'two lines swapped',
  file: 'core/task/task-wiring.ts',
  find: `    for (const { object, at, length } of parts) {`,
  replace: `    for (const { object, at, length } of parts.toReversed()) {`,
  law: 'order',
};
