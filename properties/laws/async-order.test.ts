import { answered, begun } from '../testing/asked.ts';
import { provesLaw } from '../testing/jobs.ts';
import { type History, move } from '../testing/listen.ts';
import { asyncOrder } from './async-order.ts';

const unordered = (): History => answered('unordered').finish(1).history;
const ordered = (): History =>
  begun('ordered').answer(2, 102).answer(0, 100).leave(0).answer(1, 101).leave(1, 2).drain().finish(1).history;

provesLaw(asyncOrder, {
  overtaken: {
    accepts: ordered,
    rejects: () =>
      begun('ordered').answer(0, 100).leave(0).answer(2, 102).answer(1, 101).leave(2, 1).drain().finish(1).history,
  },
  // The result behind the watermark goes out before the one that holds the watermark up.
  crossed: {
    accepts: unordered,
    rejects: () =>
      begun('unordered').answer(1, 101).leave(1).answer(0, 100).leave(0).answer(2, 102).leave(2).drain().finish(1)
        .history,
  },
});

// A watermark goes out before a result that it must not cross.
provesLaw(asyncOrder, {
  overtaken: {
    accepts: ordered,
    rejects: () =>
      move(
        ordered(),
        'asyncCompleted',
        ({ element }) => element === 2,
        'before',
        'asyncCompleted',
        ({ element }) => element === 1,
      ),
  },
  crossed: {
    accepts: ordered,
    rejects: () =>
      move(
        ordered(),
        'watermarkSent',
        ({ task, watermark }) => task.vertex === 'ask' && watermark === 9,
        'before',
        'asyncCompleted',
        ({ element }) => element === 0,
      ),
  },
});
