/** Histories of a job that asks an external service: what the laws about it are shown with. */
import { event } from '../model/testing/turns.ts';
import { AsyncScript } from './async-script.ts';
import { asking } from './jobs.ts';

type Mode = 'ordered' | 'unordered';

/** Elements 0 | 1 2, `|`: a watermark; element 3 comes when 0 is out, or never. Time goes on by 100 ms a step. */
export function begun(mode: Mode, records = 3): AsyncScript {
  const input = [[event('a', 10, 0), event('b', 10, 1), event('c', 10, 2), event('d', 10, 3)].slice(0, records)];
  const script = new AsyncScript({ job: asking(mode), input: { in: input }, parallelism: {} }).start();
  for (let n = 0; n < 3; n++) script.read(0).drain();
  return script;
}

/** Everything is answered: 2 after a failure, 1 twice, 3 never. */
export function answered(mode: Mode): AsyncScript {
  const script = begun(mode, 4).at(100_000).answer(0, 100).leave(0).drain().read(0).drain();
  script.at(200_000).fail(2).at(211_000).retry(2).answer(1, 101).leave(1).answer(1, 101, false);
  return script.at(300_000).answer(2, 102).leave(2).at(1_101_000).expire(3).leaveWithout(3).drain();
}

/** 0 is out at checkpoint 1, from which a second attempt goes on; there 1 and 2 are 0 and 1. */
export function restored(mode: Mode): AsyncScript {
  const script = begun(mode).answer(0, 100).leave(0).drain().checkpoint(1).answer(1, 101);
  return script.start(1).resume().answer(0, 101).leave(0).answer(1, 102).leave(1).drain();
}
