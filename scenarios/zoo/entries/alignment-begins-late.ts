import type { ZooEntry } from '../entry.ts';

export const alignmentBeginsLate: ZooEntry = {
  id: 'alignment-begins-late',
  title:
    'A checkpoint whose alignment lasts too long leaves that behind: the next one is unaligned from its first barrier on',
  origin: 'FLINK-19681: the state of an alignment timeout outlives the checkpoint that it was for',
  file: 'core/checkpoint/barriers/barrier-handler.ts',
  find: '    this.#overtaken = false;\n    this.#late = false;\n    this.#barrierCame = false;',
  replace: '    this.#overtaken = false;\n    this.#barrierCame = false;',
  law: 'barrier-mode',
};
