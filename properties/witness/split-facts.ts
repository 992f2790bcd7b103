/** Facts of source splits: passed to the laws, then applied to the reader's record and the split's history. */
import type { Probe } from '../../core/facts.ts';
import type { FactContext } from './relay.ts';

export function splitProbe(context: FactContext): Probe {
  return {
    splitAdded: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.splitAdded) hear(task, fact);
      task.splits.push(fact.split);
      task.vertex.ownSplit(fact.split);
    },
    splitFinished: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.splitFinished) hear(task, fact);
      task.finishedSplits.add(fact.split);
    },
    splitStatus: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.splitStatus) hear(task, fact);
      if (fact.idle) task.idleSplits.add(fact.split);
      else task.idleSplits.delete(fact.split);
    },
    watermarkGenerated: (fact) => {
      const task = context.task(fact.task);
      if (task === undefined) return;
      for (const hear of context.heard.watermarkGenerated) hear(task, fact);
      task.vertex.ownSplit(fact.split).watermark = fact.watermark;
      task.generated.set(fact.split, fact.watermark);
    },
  };
}
