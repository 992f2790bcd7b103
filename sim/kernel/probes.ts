/**
 * From facts to listeners. Every process states its facts through a probe of its own, so that facts of the dead are
 * dropped and a kill at a fact knows who stated it; all probes of a universe share one list of listeners per kind.
 *
 * A kind that nobody listens to stays `undefined` in the probe: the engine takes one branch and builds no object.
 * Listeners are plain functions, called without `this`. One that throws has a bug: its error ends the run, not the process.
 */
import { Killed } from '../../core/errors.ts';
import type { FactKind, Facts, Probe } from '../../core/facts.ts';
import type { LiveProcess } from './process.ts';

/** Incidents that wait for facts. */
export interface FactTriggers {
  waitsFor(kind: FactKind): boolean;
  /** The listeners have heard the fact; may kill the process that stated it. */
  factStated(kind: FactKind, fact: object, process: LiveProcess): void;
}

type Listener<K extends FactKind> = (fact: Facts[K]) => void;

export class FactHub {
  readonly #listeners: readonly Probe[];
  readonly #triggers: FactTriggers;
  readonly #onListenerError: (error: unknown) => void;

  constructor(listeners: readonly Probe[], triggers: FactTriggers, onListenerError: (error: unknown) => void) {
    this.#listeners = listeners;
    this.#triggers = triggers;
    this.#onListenerError = onListenerError;
  }

  probeFor(process: LiveProcess): Probe {
    return probeOf((kind) => this.#stating(kind, process));
  }

  #stating<K extends FactKind>(kind: K, process: LiveProcess): Listener<K> | undefined {
    const triggers = this.#triggers.waitsFor(kind) ? this.#triggers : undefined;
    const heard: Listener<K>[] = [];
    for (const listener of this.#listeners) {
      const hear = listener[kind];
      if (hear !== undefined) heard.push(hear);
    }
    if (heard.length === 0 && triggers === undefined) return undefined;
    const onListenerError = this.#onListenerError;
    return (fact) => {
      if (!process.alive) return;
      try {
        for (const hear of heard) hear(fact);
      } catch (error) {
        onListenerError(error);
      }
      if (triggers === undefined) return;
      triggers.factStated(kind, fact, process);
      if (!process.alive) throw new Killed(process.id);
    };
  }
}

/**
 * One object with all kinds, `undefined` where nobody listens. A literal, because an object that grows by 50 computed
 * names becomes a hash table, and the engine reads it for every record.
 */
function probeOf(wrap: <K extends FactKind>(kind: K) => Listener<K> | undefined): Probe {
  const probe: { readonly [K in FactKind]: Listener<K> | undefined } = {
    attemptStarting: wrap('attemptStarting'),
    attemptRunning: wrap('attemptRunning'),
    attemptFailed: wrap('attemptFailed'),
    jobEnded: wrap('jobEnded'),
    splitDealt: wrap('splitDealt'),
    checkpointTriggered: wrap('checkpointTriggered'),
    checkpointAcknowledged: wrap('checkpointAcknowledged'),
    checkpointCompleted: wrap('checkpointCompleted'),
    checkpointAborted: wrap('checkpointAborted'),
    taskOpened: wrap('taskOpened'),
    taskFinished: wrap('taskFinished'),
    taskFailed: wrap('taskFailed'),
    taskCancelled: wrap('taskCancelled'),
    splitAdded: wrap('splitAdded'),
    splitFinished: wrap('splitFinished'),
    sourceRecord: wrap('sourceRecord'),
    recordProcessed: wrap('recordProcessed'),
    watermarkAdvanced: wrap('watermarkAdvanced'),
    eventTimerFired: wrap('eventTimerFired'),
    processingTimerFired: wrap('processingTimerFired'),
    turnEnded: wrap('turnEnded'),
    sent: wrap('sent'),
    sinkWritten: wrap('sinkWritten'),
    clockRead: wrap('clockRead'),
    randomDrawn: wrap('randomDrawn'),
    timerRegistered: wrap('timerRegistered'),
    timerDeleted: wrap('timerDeleted'),
    windowAdded: wrap('windowAdded'),
    recordLate: wrap('recordLate'),
    paneFired: wrap('paneFired'),
    watermarkGenerated: wrap('watermarkGenerated'),
    watermarkReceived: wrap('watermarkReceived'),
    statusReceived: wrap('statusReceived'),
    watermarkSent: wrap('watermarkSent'),
    outputBlocked: wrap('outputBlocked'),
    inputEnded: wrap('inputEnded'),
    barrierReceived: wrap('barrierReceived'),
    channelBlocked: wrap('channelBlocked'),
    channelUnblocked: wrap('channelUnblocked'),
    barrierSent: wrap('barrierSent'),
    snapshotTaken: wrap('snapshotTaken'),
    snapshotUploaded: wrap('snapshotUploaded'),
    acknowledged: wrap('acknowledged'),
    declined: wrap('declined'),
    notifiedComplete: wrap('notifiedComplete'),
    notifiedAborted: wrap('notifiedAborted'),
    transactionPrepared: wrap('transactionPrepared'),
    transactionCommitted: wrap('transactionCommitted'),
    transactionAborted: wrap('transactionAborted'),
  };
  // Under `exactOptionalPropertyTypes` present-but-undefined is not absent; to a caller with `?.` it is the same.
  return probe as Probe;
}
