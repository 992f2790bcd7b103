/** Facts of source splits: passed to the laws, then applied to the reader's record and the split's history. */
import type { Probe } from '../../core/facts.ts';
import type { FactContext } from './relay.ts';
import { tell } from './heard.ts';

export function splitProbe(context: FactContext): Probe {
  return {
    splitAdded: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.splitAdded, task, fact);
      task.splits.push(fact.split);
      task.vertex.ownSplit(fact.split);
    },
    splitFinished: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.splitFinished, task, fact);
      task.finishedSplits.add(fact.split);
    },
    splitStatus: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.splitStatus, task, fact);
      if (fact.idle) task.idleSplits.add(fact.split);
      else task.idleSplits.delete(fact.split);
    },
    watermarkGenerated: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      tell(context.heard.watermarkGenerated, task, fact);
      task.vertex.ownSplit(fact.split).watermark = fact.watermark;
      task.generated.set(fact.split, fact.watermark);
    },
  };
}
