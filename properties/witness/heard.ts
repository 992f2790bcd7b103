/**
 * The listeners of a witness, by kind: one array per kind, so that a fact costs a loop over those who want it.
 * Listeners are called as plain functions, without `this`.
 */
import type { WitnessListener } from './listener.ts';

type Hears<K extends keyof WitnessListener> = Exclude<WitnessListener[K], undefined>;
export type Heard = { readonly [K in keyof WitnessListener]-?: readonly Hears<K>[] };

export function heardBy(listeners: readonly WitnessListener[]): Heard {
  const all = <K extends keyof WitnessListener>(kind: K): readonly Hears<K>[] => {
    const hears: Hears<K>[] = [];
    for (const listener of listeners) {
      const hear = listener[kind];
      if (hear !== undefined) hears.push(hear as Hears<K>);
    }
    return hears;
  };
  return {
    attemptStarting: all('attemptStarting'),
    attemptRunning: all('attemptRunning'),
    attemptFailed: all('attemptFailed'),
    jobEnded: all('jobEnded'),
    taskOpened: all('taskOpened'),
    taskFinished: all('taskFinished'),
    taskFailed: all('taskFailed'),
    checkpointTriggered: all('checkpointTriggered'),
    checkpointAcknowledged: all('checkpointAcknowledged'),
    checkpointCompleted: all('checkpointCompleted'),
    checkpointAborted: all('checkpointAborted'),
    splitAdded: all('splitAdded'),
    splitFinished: all('splitFinished'),
    sourceRecord: all('sourceRecord'),
    received: all('received'),
    sent: all('sent'),
    irregular: all('irregular'),
    turn: all('turn'),
    fired: all('fired'),
    watermarkGenerated: all('watermarkGenerated'),
    watermarkReceived: all('watermarkReceived'),
    statusReceived: all('statusReceived'),
    watermarkAdvanced: all('watermarkAdvanced'),
    watermarkSent: all('watermarkSent'),
    statusSent: all('statusSent'),
    inputEnded: all('inputEnded'),
    partitionEnded: all('partitionEnded'),
    triggerReceived: all('triggerReceived'),
    barrierAnnounced: all('barrierAnnounced'),
    barrierReceived: all('barrierReceived'),
    cancelReceived: all('cancelReceived'),
    barrierSent: all('barrierSent'),
    cancelSent: all('cancelSent'),
    channelBlocked: all('channelBlocked'),
    channelUnblocked: all('channelUnblocked'),
    alignmentTimedOut: all('alignmentTimedOut'),
    outputTimedOut: all('outputTimedOut'),
    snapshotTaken: all('snapshotTaken'),
    channelStateOpened: all('channelStateOpened'),
    channelStateClosed: all('channelStateClosed'),
    replayStarted: all('replayStarted'),
    replayEnded: all('replayEnded'),
    acknowledged: all('acknowledged'),
    notifiedAborted: all('notifiedAborted'),
    imaged: all('imaged'),
    completed: all('completed'),
    listUndecodable: all('listUndecodable'),
    transactionPrepared: all('transactionPrepared'),
    transactionAborted: all('transactionAborted'),
    written: all('written'),
    committed: all('committed'),
    settled: all('settled'),
    stuck: all('stuck'),
  };
}
