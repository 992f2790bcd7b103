/**
 * Order: a channel is a queue.
 *
 * Verified: per channel and attempt, records are sent with the sequence numbers 0, 1, 2, ... and received so, none of them
 * after the end of the channel. Across a restore, records that were in flight are received in order, too, and before any
 * record of a new channel (law `channel-state`), so between the same two logical instances order is kept.
 * Not verified: order across a restore where the exchange promises none (rebalance and shuffle at another parallelism).
 */
import { defineLaw, edgeName, show } from './define.ts';

export const order = defineLaw({
  name: 'order',
  states: 'Per channel and attempt, records are sent and received in order of their sequence numbers.',
  anomalies: ['sent-out-of-sequence', 'repeated', 'overtaken', 'after-end'],
  judge: (witness, report) => ({
    sent(task, channel, fact) {
      const next = channel.values.length;
      if (fact.seq === next) return;
      report('sent-out-of-sequence', edgeName(witness, channel.edge), `${task.name} sent #${fact.seq} where #${next} was due`, [
        ['channel', `${channel.sender}->${channel.receiver}`],
        ['value', show(fact.value)],
      ]);
    },
    received(task, channel, fact, replay) {
      if (replay !== undefined) return;
      if (channel.ended) {
        report('after-end', edgeName(witness, channel.edge), `${task.name} received #${fact.seq} after the end of its channel`, [
          ['channel', `${channel.sender}->${channel.receiver} of attempt ${channel.attempt}`],
          ['value', show(fact.value)],
        ]);
      }
      if (fact.seq === channel.received) return;
      const anomaly = fact.seq < channel.received ? 'repeated' : 'overtaken';
      report(anomaly, edgeName(witness, channel.edge), `${task.name} received #${fact.seq} where #${channel.received} was due`, [
        ['channel', `${channel.sender}->${channel.receiver} of attempt ${channel.attempt}`],
        ['expected', `#${channel.received}: ${show(channel.values[channel.received])}`],
        ['actual', `#${fact.seq}: ${show(fact.value)}`],
      ]);
    },
  }),
});
