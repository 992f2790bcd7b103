import type { ZooEntry } from '../entry.ts';

export const unreadableStateIsEmpty: ZooEntry = {
  id: 'unreadable-state-is-empty',
  title: 'An object of keyed state that cannot be read is restored as an empty one',
  origin:
    'Orleans.Sagas (pull request 45): whatever error a read of the state meets, that of a store that is away, too, the state is cleared',
  file: 'core/state/restored-groups.ts',
  find: '    const bytes = yield* read(object);\n',
  replace:
    '    let bytes: Uint8Array;\n    try {\n      bytes = yield* read(object);\n    } catch (error) {\n      if (!(error instanceof IoError)) throw error;\n      continue;\n    }\n',
  law: 're-execution',
};
