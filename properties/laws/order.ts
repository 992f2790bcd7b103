/**
 * Order: a channel is a queue.
 *
 * Verified: per channel and attempt, records are sent with the sequence numbers 0, 1, 2, ... and received so, none of them
 * after the end of the channel.
 * Not verified: order across a restore between the same two logical instances. It holds by itself while barriers are
 * aligned: no record is in flight at a cut, so every reception of an attempt is of a send of that attempt (law
 * `conservation`), and the earlier ones are in the restored history. It becomes a clause with unaligned checkpoints.
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
    received(task, channel, fact) {
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
