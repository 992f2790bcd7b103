/**
 * The current histories of one vertex, and how they are cut and set back.
 */
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { Lost } from '../model/lost.ts';
import type { ModelVertex, Place } from '../model/types.ts';
import { TALLY } from './history.ts';
import { Instance } from './instance.ts';

/** The histories of one vertex at a cut. */
export class VertexCut {
  /** By key group. */
  readonly groups: (Instance | undefined)[];
  /** eff(g) as the witness computes it (SEMANTICS W2). */
  readonly effs: Timestamp[];
  readonly splits: Map<string, Instance>;
  /** Those of the subtasks of this attempt and of all attempts that it continues. */
  readonly stateless: Instance[];
  /** For a vertex whose subtasks have something of their own: its instances by subtask of this attempt. */
  readonly broadcast: Instance[] = [];
  /** Subtasks whose cut is here. */
  readonly subtasks = new Set<number>();
  /** Those of them that had finished: nothing of their state is kept. */
  readonly finished = new Set<number>();
  /** Key groups of those. */
  readonly finishedGroups: number[] = [];
  /** Splits that subtasks had read to their end when they finished, in this attempt or in one that it continues. */
  readonly doneSplits: Set<string>;

  /** What is not in the cut of a subtask stays as it was at `base`. */
  constructor(base: VertexCut | undefined) {
    this.groups = base?.groups.slice() ?? [];
    this.effs = base?.effs.slice() ?? [];
    this.splits = new Map(base?.splits);
    this.stateless = base?.stateless.slice() ?? [];
    this.doneSplits = new Set(base?.doneSplits);
  }

  /** Every instance with a history. */
  instances(): readonly Instance[] {
    const groups = this.groups.filter((instance) => instance !== undefined);
    return [...groups, ...this.splits.values(), ...this.stateless];
  }
}

export class VertexRecord {
  readonly model: ModelVertex;
  readonly uid: string;
  readonly kind: ModelVertex['kind'];
  /** For a source: where a split begins that was never read. */
  readonly startPosition: number;
  /** Where an edge's tally starts; undefined for an edge of another vertex. */
  readonly sendTally: readonly (number | undefined)[];
  readonly receptionTally: readonly (number | undefined)[];
  /** Parallelism in the current attempt. */
  parallelism = 1;
  maxParallelism = 1;
  /** Floors of the current attempt by key group; a hole is MIN. */
  floors: readonly (Timestamp | undefined)[] = [];
  groups: (Instance | undefined)[] = [];
  splits = new Map<string, Instance>();
  /** By subtask of the current attempt. */
  stateless: (Instance | undefined)[] = [];
  /** Instances of earlier attempts, as far as the current one continues them. */
  ancestors: readonly Instance[] = [];
  /** The first value of its state that a type of the job's own does not give back. */
  lost: Lost | undefined;
  /** There was an earlier version of the job. */
  isLater = false;
  /** All its subtasks had finished in the restored checkpoint: it has no turns any more. */
  finishedOnRestore = false;
  /** See `VertexCut`. */
  doneSplits: ReadonlySet<string> = new Set();
  /** What the subtasks had of their own that the current attempt started from, by subtask of the attempt that took it; undefined: finished. */
  #subtasksBefore: readonly (Instance | undefined)[] = [];
  readonly #width: number;

  constructor(model: ModelVertex, startPosition = 0) {
    this.model = model;
    this.startPosition = startPosition;
    this.uid = model.uid;
    this.kind = model.kind;
    const sendTally: number[] = [];
    const receptionTally: number[] = [];
    let at = 0;
    for (const edge of model.outEdges) sendTally[edge] = TALLY * at++;
    for (const edge of model.inEdges) receptionTally[edge] = TALLY * at++;
    this.sendTally = sendTally;
    this.receptionTally = receptionTally;
    this.#width = TALLY * at;
  }

  floorOf(keyGroup: number): Timestamp {
    return this.floors[keyGroup] ?? MIN_TIMESTAMP;
  }

  ownGroup(keyGroup: number): Instance {
    return (this.groups[keyGroup] = (this.groups[keyGroup] ?? this.#fresh(this.model.instance())).own());
  }
  /** Batch: the state of one key at a time; its history goes on with the next one. */
  forgetKey(keyGroup: number): void {
    const known = this.groups[keyGroup];
    if (known !== undefined) this.groups[keyGroup] = known.afresh(this.model.instance());
  }
  /** See `ModelInstance.settle`: of interest only where an earlier version of the job has left state. */
  settle(keyGroup: number, place: Place): void {
    if (this.isLater && this.groups[keyGroup] !== undefined) this.ownGroup(keyGroup).model?.settle(place);
  }
  ownSplit(split: string): Instance {
    const known = this.splits.get(split);
    const own = known?.own() ?? this.#freshSplit();
    if (own !== known) this.splits.set(split, own);
    return own;
  }
  ownSubtask(subtask: number): Instance {
    return (this.stateless[subtask] = this.subtask(subtask).own());
  }
  /** To read. */
  subtask(subtask: number): Instance {
    return (this.stateless[subtask] ??= this.#freshSubtask(subtask));
  }

  /** Every instance with a history now. */
  instances(): readonly Instance[] {
    const groups = this.groups.filter((instance) => instance !== undefined);
    const stateless = this.stateless.filter((instance) => instance !== undefined);
    return [...groups, ...this.splits.values(), ...this.ancestors, ...stateless];
  }

  /**
   * Sets every history back to a cut of this parallelism, or to its beginning. Of a vertex that had finished in part, what
   * belonged to the finished subtasks begins without state (SEMANTICS E1); their histories stay.
   */
  restore(cut: VertexCut | undefined, parallelism: number): void {
    this.groups = cut?.groups.slice() ?? [];
    this.floors = cut?.effs ?? [];
    this.splits = new Map(cut?.splits);
    this.stateless = [];
    this.ancestors = cut?.stateless ?? [];
    const left = cut?.broadcast;
    this.#subtasksBefore = left === undefined ? [] : Array.from({ length: parallelism }, (_, i) => left[i]);
    this.doneSplits = cut?.doneSplits ?? new Set();
    this.finishedOnRestore = cut !== undefined && parallelism > 0 && cut.finished.size === parallelism;
    if (cut === undefined || cut.finished.size === 0 || this.finishedOnRestore) return;
    const floors = this.floors.slice();
    for (const group of cut.finishedGroups) {
      floors[group] = undefined;
      const history = this.groups[group];
      if (history !== undefined) this.groups[group] = history.afresh(this.model.instance());
    }
    this.floors = floors;
  }

  /** As in Flink: event time begins anew, while the histories go on. */
  forgetWatermarks(): void {
    this.floors = [];
    for (const [split, history] of this.splits) {
      const next = history.freeze().own();
      next.maxTimestamp = MIN_TIMESTAMP;
      next.watermark = MIN_TIMESTAMP;
      next.generator = this.model.generator?.start();
      this.splits.set(split, next);
    }
  }

  /** Broadcast state and lists are handed over (SEMANTICS O1). */
  #freshSubtask(subtask: number): Instance {
    const fresh = this.#fresh(undefined);
    const before = this.#subtasksBefore;
    const knows = before.some((instance) => instance?.broadcast !== undefined);
    fresh.broadcast = knows
      ? this.model.handOver(
          before.map((instance) => instance?.broadcast),
          subtask,
          this.parallelism,
        )
      : this.model.broadcast?.();
    return fresh;
  }

  #freshSplit(): Instance {
    const fresh = this.#fresh(undefined);
    fresh.offset = this.startPosition;
    fresh.generator = this.model.generator?.start();
    return fresh;
  }

  /** A history of another version of the job, as one of this operator; `same`: it is the same version, started anew. */
  continued(before: Instance, model: Instance['model'], broadcast: Instance['broadcast'], same: boolean): Instance {
    const next = this.#fresh(model);
    next.broadcast = broadcast;
    next.continue(before);
    if (same) next.log = before.log;
    else next.inherits ||= before.turns > 0;
    return next.freeze();
  }

  #fresh(model: Instance['model']): Instance {
    return new Instance(new Array<number>(this.#width).fill(0), model);
  }
}
