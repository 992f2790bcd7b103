/**
 * What types of the job's own lose on its way: a record that is sent, or written to a sink, of which `read` does not give back what
 * `write` was given. Over a network, and to whoever reads the topic, another record arrives than in the same process: what the
 * job does depends on where its subtasks run, and no engine can help it.
 *
 * Left out: private fields, which nobody sees; state, where a part that is worked out again may be lost (`turn-evidence.ts`); and
 * the input, of which a check gives the job what the type keeps.
 */
import type { TypeInfo } from '../../core/job/types.ts';
import { showValue } from '../../core/values/show.ts';
import { outTypeOf } from '../model/chain.ts';
import { type Lost, lostOf } from '../model/lost.ts';
import type { WitnessListener } from '../witness/listener.ts';
import type { Witness } from '../witness/witness.ts';
import type { Report } from './define.ts';
import { note } from './evidence.ts';

export const LOSSY_KIND = 'lossy-type';

type Losses = Required<Pick<WitnessListener, 'sent' | 'sinkWritten'>>;

export function watchForLosses(witness: Witness, report: Report<typeof LOSSY_KIND>): Losses {
  const found = (operator: string, does: string, value: unknown, { type, written, read }: Lost): void => {
    report(
      LOSSY_KIND,
      operator,
      `${operator} ${does} of which type "${type}" keeps a part only: it reads ${showValue(written)} back as ${showValue(read)}; ` +
        'mend its write or read, or leave out of the value what can be worked out again',
      [note.value('record', value)],
    );
  };
  return {
    sent(_task, channel, { value }) {
      const sender = sentOver(witness, channel.edge);
      if (sender === undefined) return;
      const lost = lostOf(sender.type, value);
      if (lost !== undefined) found(sender.uid, 'sends records', value, lost);
    },
    sinkWritten({ sink, value }) {
      const operator = witness.model.job.nodes.find(({ uid }) => uid === sink)?.operator;
      const lost = operator?.kind === 'sink' ? lostOf(operator.sink.type, value) : undefined;
      if (lost !== undefined) found(sink, 'writes records', value, lost);
    },
  };
}

/** What goes over an edge, and who sends it. */
function sentOver({ model }: Witness, edge: number): { readonly uid: string; readonly type: TypeInfo } | undefined {
  const { nodes, edges } = model.job;
  const { from = -1, tag } = edges[edge] ?? {};
  const node = nodes[from];
  const type = node && outTypeOf(node, tag);
  return node && type && { uid: node.uid, type };
}
