/** A job that goes on from another job's savepoint. Types only. */
export interface Fork {
  readonly job: string;
  /** The savepoint's metadata object, and its name now: another one if the savepoint was moved. */
  readonly from: string;
  readonly to: string;
  /** The savepoint is the fork's own. */
  readonly claimed: boolean;
  /** It is the very job that took it, started anew. */
  readonly same: boolean;
}
