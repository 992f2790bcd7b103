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
    taskOpened: all('taskOpened'),
    taskFinished: all('taskFinished'),
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
    inputEnded: all('inputEnded'),
    barrierReceived: all('barrierReceived'),
    barrierSent: all('barrierSent'),
    snapshotTaken: all('snapshotTaken'),
    completed: all('completed'),
    imaged: all('imaged'),
    replayEnded: all('replayEnded'),
    listUndecodable: all('listUndecodable'),
    transactionPrepared: all('transactionPrepared'),
    transactionAborted: all('transactionAborted'),
    written: all('written'),
    committed: all('committed'),
    settled: all('settled'),
  };
}
