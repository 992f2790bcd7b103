/**
 * A logical instance L and its effective history so far: (uid, key group) of a keyed vertex, (uid, split) of a source,
 * (uid, subtask, attempt) of a vertex without key.
 *
 * Copy on write: a cut *freezes* an instance and keeps the reference; the next turn works on a copy. Going back to a cut
 * is therefore an assignment. The copy keeps the model that it had, with its function objects; the frozen one gets the fork.
 */
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { DroppedState, ModelBroadcast, ModelInstance, SievedState } from '../model/types.ts';
import type { Cause } from './cause.ts';
import type { LateNode, PassNode, WriteNode } from './history.ts';
import type { TurnNode } from './turn-log.ts';

export class Instance {
  /** Turns of the effective history. */
  turns = 0;
  /** Three numbers per edge, see `history.ts`: the vertex's out-edges first, then its in-edges. */
  readonly tallies: number[];
  writes: WriteNode | undefined;
  late: LateNode | undefined;
  sends: PassNode | undefined;
  receptions: PassNode | undefined;
  lastCause: Cause | undefined;
  /** Its turns; none of a vertex with broadcast state. */
  log: TurnNode | undefined;
  /** It began in another version of the job, whose turns are not in its log. */
  inherits = false;
  /** The effective watermark of the last turn. */
  eff: Timestamp = MIN_TIMESTAMP;
  /** The largest one of all turns of the history. */
  highest: Timestamp = MIN_TIMESTAMP;
  model: ModelInstance | undefined;
  /** Broadcast state of (uid, subtask, attempt), if the vertex has any. */
  broadcast: ModelBroadcast | undefined;
  /** The model and the engine took different ways here; what follows is not compared, it would only repeat it. */
  diverged = false;

  // ---- splits of a source
  /** The next offset. */
  offset = 0;
  maxTimestamp: Timestamp = MIN_TIMESTAMP;
  /** What a generator of the author's remembers of it. */
  generator: unknown;
  /** Put out last by the split's generator. */
  watermark: Timestamp = MIN_TIMESTAMP;

  #frozen = false;

  constructor(tallies: number[], model: ModelInstance | undefined) {
    this.tallies = tallies;
    this.model = model;
  }

  /** No turn changes it any more; `own` gives what a turn may change. */
  freeze(): this {
    this.#frozen = true;
    return this;
  }

  /** The history goes on, the state begins anew. */
  afresh(model: ModelInstance): Instance {
    const next = this.freeze().own();
    next.model = model;
    next.eff = MIN_TIMESTAMP;
    next.highest = MIN_TIMESTAMP;
    const { log } = next;
    if (log !== undefined) next.log = { ...log, input: { kind: 'afresh' }, before: log };
    return next;
  }

  /** The same history, with a state that a snapshot with clean-up has left expired values out of. */
  sieved(states: readonly SievedState[], now: Timestamp): Instance {
    const next = this.own();
    next.model?.sieve(states, now);
    const { log } = next;
    if (log !== undefined) next.log = { ...log, input: { kind: 'sieved', states, now }, before: log };
    return next.freeze();
  }

  /** Something that had expired is gone. False: there was nothing of it in the model, or it had not expired. */
  drop(dropped: DroppedState, now: Timestamp): boolean {
    const isGone = this.model?.drop(dropped, now) ?? false;
    const { log } = this;
    if (log !== undefined) this.log = { ...log, input: { kind: 'dropped', dropped, now }, before: log };
    return isGone;
  }

  /** This instance if no cut keeps it, else a copy. */
  own(): Instance {
    if (!this.#frozen) return this;
    const copy = new Instance(this.tallies.slice(), this.model);
    this.model = this.model?.fork();
    copy.broadcast = this.broadcast;
    this.broadcast = this.broadcast?.fork();
    copy.sends = this.sends;
    copy.receptions = this.receptions;
    copy.log = this.log;
    copy.continue(this);
    return copy;
  }

  /** Goes on from another one, all but its state and what it has sent and received. */
  continue(before: Instance): void {
    this.turns = before.turns;
    this.writes = before.writes;
    this.late = before.late;
    this.lastCause = before.lastCause;
    this.eff = before.eff;
    this.highest = before.highest;
    this.diverged = before.diverged;
    this.offset = before.offset;
    this.maxTimestamp = before.maxTimestamp;
    this.watermark = before.watermark;
    this.generator = before.generator;
    this.inherits = before.inherits;
  }
}
