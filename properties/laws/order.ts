/**
 * Order: a channel is a queue, and what was in flight at a restore comes before what is new.
 *
 * Verified: per channel and attempt, records are sent with the sequence numbers 0, 1, 2, ... and received so, none of them
 * after the end of the channel. Across a restore: a task takes the in-flight records of each old channel that are its own
 * in the order in which they were sent, and nothing from a new channel before all of that is taken. So order between the
 * same two logical instances holds over any restore of an exchange by key group, and of others at unchanged parallelism.
 * Not verified: order between in-flight records of different old channels; on a rebalance or shuffle edge whose
 * parallelism has changed none is promised, though each old channel is still replayed in order.
 */
import type { ChannelRecord } from '../witness/channel.ts';
import type { ReplayedChannel } from '../witness/replayed-channel.ts';
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw, edgeName } from './define.ts';
import { note, show } from './evidence.ts';

export const order = defineLaw({
  name: 'order',
  states:
    'Per channel and attempt, records are received in order of their sequence numbers; what was in flight at a restore comes first.',
  compares: 'sequence numbers of records',
  anomalies: ['sent-out-of-sequence', 'repeated', 'overtaken', 'after-end', 'before-replay'],
  judge(witness, report, compared) {
    const isFirstOfAll = (
      task: TaskRecord,
      channel: ChannelRecord,
      replay: ReplayedChannel | undefined,
      kind: 'record' | 'watermark' | 'status' | 'end',
      at?: number,
    ): void => {
      if (replay !== undefined || task.replays.length === 0 || channel.attempt !== task.id.attempt) return;
      const left = task.replays.find((one) => !one.isDone);
      if (left === undefined) return;
      const { edge, sender, receiver, attempt } = left.channel;
      const what = textOf(kind, at);
      report(
        'before-replay',
        edgeName(witness, channel.edge),
        `${task.name} took ${what} of a new channel before the in-flight data of the restored checkpoint`,
        [
          note.channel('new channel', channel),
          note.text(
            'not replayed yet',
            `${edgeName(witness, edge)} ${sender}->${receiver} of attempt ${attempt}, from #${left.nextRecord} on`,
          ),
        ],
      );
    };
    return {
      sent(task, channel, fact) {
        const next = channel.values.length;
        compared();
        if (fact.seq === next) return;
        report(
          'sent-out-of-sequence',
          edgeName(witness, channel.edge),
          `${task.name} sent #${fact.seq} where #${next} was due`,
          [note.channel('channel', channel), note.value('value', fact.value)],
        );
      },
      recordProcessed(task, channel, fact, replay) {
        isFirstOfAll(task, channel, replay, 'record', fact.seq);
        if (channel.ended && replay === undefined) {
          report(
            'after-end',
            edgeName(witness, channel.edge),
            `${task.name} received #${fact.seq} after the end of its channel`,
            [note.channel('channel', channel), note.value('value', fact.value)],
          );
        }
        const due = replay === undefined ? channel.received : replay.nextRecord;
        compared();
        if (fact.seq === due || (replay === undefined && channel.attempt !== witness.attempt?.attemptOf(channel.edge)))
          return;
        // In batch they come sorted by key: law `batch`.
        if (witness.world.executionMode === 'batch' && task.vertex.kind === 'keyed') return;
        const anomaly = fact.seq < due ? 'repeated' : 'overtaken';
        report(anomaly, edgeName(witness, channel.edge), `${task.name} received #${fact.seq} where #${due} was due`, [
          note.channel('channel', channel),
          note.text('expected', `#${due}: ${show(channel.values[due])}`),
          note.text('actual', `#${fact.seq}: ${show(fact.value)}`),
        ]);
      },
      watermarkReceived(task, channel, { watermark }, _arrival, replay) {
        isFirstOfAll(task, channel, replay, 'watermark', watermark);
      },
      statusReceived(task, channel, _fact, _arrival, replay) {
        isFirstOfAll(task, channel, replay, 'status');
      },
      inputEnded(task, channel) {
        isFirstOfAll(task, channel, undefined, 'end');
      },
    };
  },
});

function textOf(kind: 'record' | 'watermark' | 'status' | 'end', at: number | undefined): string {
  switch (kind) {
    case 'record':
      return `record #${at}`;
    case 'watermark':
      return `watermark ${at}`;
    case 'status':
      return 'a status';
    case 'end':
      return 'the end';
  }
}
