import type { ZooEntry } from '../entry.ts';

export const unreadableStateIsEmpty: ZooEntry = {
  id: 'unreadable-state-is-empty',
  title: 'A task that cannot read its state from the store starts without it',
  origin:
    'Orleans.Sagas (pull request 45): whatever error a read of the state meets, that of a store that is away, too, the state is cleared',
  file: 'core/task/task-operators.ts',
  find: '      yield* this.#keyed.restore(restore.keyed, (name) => readRestored(restore, objects, name, copies));\n',
  replace:
    "      try {\n        yield* this.#keyed.restore(restore.keyed, (name) => readRestored(restore, objects, name, copies));\n      } catch (error) {\n        if (!String(error).startsWith('IoError:')) throw error;\n      }\n",
  law: 're-execution',
};
