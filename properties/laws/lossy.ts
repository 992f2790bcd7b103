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
import { type Lost, lostOf } from '../model/lost.ts';
import type { WitnessListener } from '../witness/listener.ts';
import type { Witness } from '../witness/witness.ts';
import type { Report } from './define.ts';
import { note } from './evidence.ts';

export const LOSSY_KIND = 'lossy-type';

type Losses = Required<Pick<WitnessListener, 'sent' | 'sinkWritten' | 'upgraded'>>;

export function watchForLosses(witness: Witness, report: Report<typeof LOSSY_KIND>): Losses {
  let types = new Types(witness);
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
      const type = types.ofEdge(channel.edge);
      const lost = type === undefined ? undefined : lostOf(type, value);
      if (lost !== undefined) found(types.senderOf(channel.edge), 'sends records', value, lost);
    },
    sinkWritten({ sink, value }) {
      const type = types.ofSink(sink);
      const lost = type === undefined ? undefined : lostOf(type, value);
      if (lost !== undefined) found(sink, 'writes records', value, lost);
    },
    upgraded() {
      types = new Types(witness);
    },
  };
}

/** Of a version of the job. */
class Types {
  readonly #witness: Witness;
  readonly #ofEdges: readonly (TypeInfo | undefined)[];
  readonly #ofSinks: ReadonlyMap<string, TypeInfo>;

  constructor(witness: Witness) {
    const { nodes, edges } = witness.model.job;
    this.#witness = witness;
    this.#ofEdges = edges.map(({ from, tag }) => {
      const node = nodes[from];
      return tag === undefined ? node?.outType : node?.sideOutputs.find((output) => output.tag === tag)?.type;
    });
    this.#ofSinks = new Map(
      nodes.flatMap(({ uid, operator }) => (operator.kind === 'sink' ? [[uid, operator.sink.type]] : [])),
    );
  }

  ofEdge(edge: number): TypeInfo | undefined {
    return this.#ofEdges[edge];
  }

  ofSink(sink: string): TypeInfo | undefined {
    return this.#ofSinks.get(sink);
  }

  senderOf(edge: number): string {
    const { nodes, edges } = this.#witness.model.job;
    return nodes[edges[edge]?.from ?? -1]?.uid ?? `edge ${edge}`;
  }
}
