/**
 * Watermark alignment of one attempt, at the job manager (SEMANTICS J2; Flink: `SourceCoordinator`): the readers of a group say
 * where they stand, and hear how far they may go.
 *
 *     limit = min over members + drift, held at the end of event time
 *
 * A member counts from its first report; one that is idle says MAX, and one that has ended counts as MAX from then on. The
 * limit is told to all readers of the group whenever it changes (Flink: at every interval). Left out: drift in processing time.
 */
import type { Probe } from '../facts.ts';
import type { PhysicalGraph } from '../graph/physical.ts';
import { MAX_TIMESTAMP, type Timestamp } from '../job/functions.ts';
import type { AlignmentSpec } from '../job/spec.ts';
import { saturatingAdd } from '../time/timestamps.ts';

export interface AlignmentEnv {
  readonly attempt: number;
  readonly probe: Probe;
  readonly tell: (source: string, subtask: number, limit: Timestamp) => void;
}

interface Member {
  readonly source: string;
  readonly parallelism: number;
  readonly maxDriftMs: number;
  /** By subtask; a hole has not said anything yet. */
  readonly watermarks: (Timestamp | undefined)[];
}

export class Alignment {
  readonly #env: AlignmentEnv;
  readonly #groups = new Map<string, Member[]>();
  readonly #groupOf = new Map<string, string>();
  readonly #limits = new Map<string, Timestamp>();

  constructor(graph: PhysicalGraph, env: AlignmentEnv) {
    this.#env = env;
    for (const { uid, parallelism, nodes } of graph.vertices) {
      const head = nodes[0]?.operator;
      if (head?.kind !== 'source' || head.watermarks.alignment === undefined) continue;
      this.#join(uid, parallelism, head.watermarks.alignment);
    }
  }

  /** A reader stands there; MAX: it is idle. */
  report(source: string, subtask: number, watermark: Timestamp): void {
    const group = this.#groupOf.get(source);
    const members = group === undefined ? undefined : this.#groups.get(group);
    const member = members?.find((candidate) => candidate.source === source);
    if (group === undefined || members === undefined || member === undefined) return;
    const { attempt, probe } = this.#env;
    probe.alignmentHeard?.({ attempt, source, subtask, watermark });
    member.watermarks[subtask] = watermark;
    this.#announce(group, members);
  }

  /** A reader has read all that it will. */
  ended(source: string, subtask: number): void {
    this.report(source, subtask, MAX_TIMESTAMP);
  }

  #join(source: string, parallelism: number, { group, maxDriftMs }: AlignmentSpec): void {
    const member: Member = { source, parallelism, maxDriftMs, watermarks: [] };
    this.#groupOf.set(source, group);
    const members = this.#groups.get(group);
    if (members === undefined) this.#groups.set(group, [member]);
    else members.push(member);
  }

  #announce(group: string, members: readonly Member[]): void {
    const said = members.flatMap(({ watermarks }) => watermarks.filter((one) => one !== undefined));
    const least = Math.min(MAX_TIMESTAMP, ...said);
    const drift = Math.min(...members.map(({ maxDriftMs }) => maxDriftMs));
    const limit = saturatingAdd(least, drift);
    if (limit === this.#limits.get(group)) return;
    this.#limits.set(group, limit);
    const { attempt, probe, tell } = this.#env;
    probe.alignmentAnnounced?.({ attempt, group, limit });
    for (const { source, parallelism } of members) {
      for (let subtask = 0; subtask < parallelism; subtask++) tell(source, subtask, limit);
    }
  }
}
