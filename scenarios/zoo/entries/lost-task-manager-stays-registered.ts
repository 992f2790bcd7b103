import type { ZooEntry } from '../entry.ts';

export const lostTaskManagerStaysRegistered: ZooEntry = {
  id: 'lost-task-manager-stays-registered',
  title:
    'A task manager that is lost stays in the list of those that are there: its slots are counted, and given tasks',
  origin: 'KAFKA-8972: a task is closed and goes out of one index, others still point at it',
  file: 'core/cluster/registrations.ts',
  find: `    this.#byName.delete(registration.taskManager);
`,
  replace: ``,
  law: 'settle',
};
