/** Marks of operators that ask an external service: which answers come when, and what waits for what. */
import type { TaskId } from '../../core/facts.ts';
import type { Mark } from './mark.ts';
import { namesBy } from './names.ts';

/** An element of a task, in one attempt. */
function nameOf({ vertex, subtask, attempt }: TaskId, element: number): string {
  return `${vertex}[${subtask}]@${attempt}/${element}`;
}

export const asyncAnswerAfterRestore: Mark = {
  name: 'async-answer-after-restore',
  rarity: 10,
  needs: ['services'],
  condition: 'An element that waited for an answer in the restored checkpoint is asked about again, and has an answer.',
  listen(_world, reached) {
    const resumed = new Set<string>();
    return {
      asyncResumed: ({ task, element }) => {
        resumed.add(nameOf(task, element));
      },
      asyncAnswered: ({ task, element, outcome, counts }) => {
        if (counts && outcome === 'answered' && resumed.has(nameOf(task, element))) reached();
      },
    };
  },
};

export const asyncTimeout: Mark = {
  name: 'async-timeout',
  rarity: 20,
  needs: ['services'],
  condition: 'No answer comes in time, and the function makes do without.',
  listen: (_world, reached) => ({
    asyncCompleted: ({ by }) => {
      if (by === 'timeout') reached();
    },
  }),
};

export const asyncAnsweredTwice: Mark = {
  name: 'async-answered-twice',
  rarity: 10,
  needs: ['services'],
  condition: 'A second answer comes to a request whose first one has counted.',
  listen(_world, reached) {
    const counted = new Set<string>();
    return {
      asyncAnswered: ({ task, element, nth, outcome, counts }) => {
        const request = `${nameOf(task, element)}/${nth}`;
        if (outcome !== 'answered') return;
        if (counted.has(request)) reached();
        if (counts) counted.add(request);
      },
    };
  },
};

export const asyncLateAnswer: Mark = {
  name: 'async-late-answer',
  rarity: 40,
  needs: ['services'],
  condition: 'An answer comes after its element has been given up.',
  listen(_world, reached) {
    const over = new Set<string>();
    return {
      asyncTimedOut: ({ task, element }) => {
        over.add(nameOf(task, element));
      },
      asyncAnswered: ({ task, element }) => {
        if (over.has(nameOf(task, element))) reached();
      },
    };
  },
};

export const asyncRetrySucceeds: Mark = {
  name: 'async-retry-succeeds',
  rarity: 10,
  needs: ['services'],
  condition: 'A request has failed, and is answered when it is sent again.',
  listen: (_world, reached) => ({
    asyncAnswered: ({ nth, outcome, counts }) => {
      if (counts && nth > 1 && outcome === 'answered') reached();
    },
  }),
};

export const asyncLastRetry: Mark = {
  name: 'async-last-retry',
  rarity: 60,
  needs: ['services'],
  condition: 'All input has come while an element waits for a retry: it gets its last one at once.',
  listen: (_world, reached) => ({
    asyncDraining: ({ retrying }) => {
      if (retrying > 0) reached();
    },
  }),
};

/** Elements of a task whose results are not out, in order, with how often the watermark had risen then. */
interface Waiting {
  readonly element: number;
  readonly rises: number;
  done: boolean;
}
class Queue {
  readonly waiting: Waiting[] = [];
  rises = 0;
}

/** `isHeld`: whether what waits before an element that has its answer holds its result back. */
function heldBy(isHeld: (own: Waiting, before: Waiting) => boolean): Mark['listen'] {
  return (_world, reached) => {
    const queues = new Map<string, Queue>();
    const taskName = namesBy((task: TaskId) => nameOf(task, 0));
    const at = (task: TaskId): Queue => {
      const name = taskName(task);
      let known = queues.get(name);
      if (known === undefined) queues.set(name, (known = new Queue()));
      return known;
    };
    return {
      watermarkAdvanced: ({ task }) => {
        at(task).rises++;
      },
      asyncRequested: ({ task, element }) => {
        const { waiting, rises } = at(task);
        waiting.push({ element, rises, done: false });
      },
      asyncAnswered: ({ task, element, outcome, counts }) => {
        const own = at(task).waiting.find((one) => one.element === element);
        if (counts && outcome === 'answered' && own !== undefined) own.done = true;
      },
      // Something else goes out, or is answered, while it has its answer: it is held back.
      asyncCompleted: ({ task, element }) => {
        const { waiting } = at(task);
        const [before] = waiting;
        const out = waiting.findIndex((one) => one.element === element);
        const own = waiting.find((one) => one.element !== element && one.done);
        if (before?.element === element && own !== undefined && isHeld(own, before)) reached();
        if (out >= 0) waiting.splice(out, 1);
      },
    };
  };
}

export const asyncHeldByHead: Mark = {
  name: 'async-held-by-head',
  rarity: 10,
  needs: ['services'],
  condition: 'A result waits for that of an element before it, with no watermark between: the results are ordered.',
  listen: heldBy((own, before) => own.rises === before.rises),
};

export const asyncHeldByWatermark: Mark = {
  name: 'async-held-by-watermark',
  rarity: 10,
  needs: ['services'],
  condition: 'A result waits for that of an element before it, since a watermark lies between the two.',
  listen: heldBy((own, before) => own.rises > before.rises),
};
