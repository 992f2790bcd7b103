/** Marks of batch: a stage that fails, input that does not fit into memory, a result that is lost. */
import type { Mark } from './mark.ts';

export const batchStageRunAgain: Mark = {
  name: 'batch-stage-run-again',
  rarity: 40,
  needs: ['batch'],
  condition: 'In batch an attempt of a stage fails, and the stage finishes in a later one.',
  listen(_world, reached) {
    let running = { attempt: 0, stage: '' };
    const failed = new Set<string>();
    return {
      attemptStarting: ({ attempt, stage }) => {
        running = { attempt, stage: stage?.vertex ?? '' };
      },
      attemptFailed: ({ attempt }) => {
        if (attempt === running.attempt) failed.add(running.stage);
      },
      stageFinished: ({ stage }) => {
        if (failed.has(stage)) reached();
      },
    };
  },
};

export const sortSpilled: Mark = {
  name: 'sort-spilled',
  rarity: 60,
  needs: ['batch', 'keyed'],
  condition: 'In batch a keyed task sorts more than fits into memory, and comes to the end of a key.',
  listen(_world, reached) {
    const spilled = new Set<string>();
    return {
      sortSpilled: ({ task: { vertex, subtask, attempt } }) => {
        spilled.add(`${vertex}/${subtask}/${attempt}`);
      },
      keyCleared: ({ task: { vertex, subtask, attempt } }) => {
        if (spilled.has(`${vertex}/${subtask}/${attempt}`)) reached();
      },
    };
  },
};

export const upstreamRecomputed: Mark = {
  name: 'upstream-recomputed',
  rarity: 80,
  needs: ['batch', 'exchange'],
  condition: 'In batch a result is lost that a stage has to read, and the stage that had left it finishes again.',
  listen(_world, reached) {
    const lost = new Set<string>();
    return {
      stagesReset: (fact) => {
        lost.add(fact.lost);
      },
      stageFinished: ({ stage }) => {
        if (lost.has(stage)) reached();
      },
    };
  },
};
