/**
 * Histories over versions of a job: the cut that the next version starts from, as a cut of that version.
 *
 *   operator of the same uid     its histories go on, with the state that the model hands over
 *   operator that is gone        its histories stay for what they have written; they are nobody's
 *   new operator                 begins
 *   exchange                     is the same between the same operators; sends and receptions up to the cut have been
 *                                judged, so tallies begin anew, with what was in flight as sends
 *
 * Left out: the log of turns, which begins anew as well unless it is the same version that is started again (law `job` looks for
 * no memory behind an upgrade, and nothing that follows from a whole history is judged of one that another version began).
 */
import type { JobSpec } from '../../core/job/spec.ts';
import { sameValue } from '../model/equal.ts';
import type { Handover, Model } from '../model/types.ts';
import { ChannelRecord } from './channel.ts';
import { Cut } from './cut.ts';
import { tally, TALLY } from './history.ts';
import type { Instance } from './instance.ts';
import type { VertexCut, VertexRecord } from './vertex.ts';

/** A version of the job, as far as the witness knows it. */
export interface Version {
  readonly model: Model;
  readonly vertices: ReadonlyMap<string, VertexRecord>;
}

/** `base` is a cut of `before`; `same`: `now` is the same version of the job, started anew. Throws what the model throws for state that the new version cannot take. */
export function upgradedCut(base: Cut, before: Version, now: Version, same: boolean): Cut {
  const cut = new Cut(base.checkpoint, base.attempt, undefined, now.vertices.values());
  cut.maxParallelism.clear();
  for (const uid of now.vertices.keys()) {
    const parallelism = base.parallelism.get(uid);
    if (parallelism === undefined) cut.parallelism.delete(uid);
    else cut.parallelism.set(uid, parallelism);
  }
  const orphans: Instance[] = [];
  for (const [uid, old] of base.vertices) {
    const part = cut.vertices.get(uid);
    const vertex = now.vertices.get(uid);
    if (part === undefined || vertex === undefined || before.vertices.get(uid)?.kind !== vertex.kind)
      orphans.push(...old.instances());
    else {
      carry(old, part, vertex, same);
      const keyGroups = base.maxParallelism.get(uid);
      if (keyGroups !== undefined) cut.maxParallelism.set(uid, keyGroups);
    }
  }
  const [first] = now.vertices.values();
  const host = first === undefined ? undefined : cut.vertices.get(first.uid);
  if (first !== undefined)
    host?.stateless.push(...orphans.map((orphan) => first.continued(orphan, undefined, undefined, false)));
  const edges = sameEdges(before.model.job, now.model.job);
  carryInFlight(base, cut, edges);
  // An operator that sends from another vertex now sent from so many subtasks then.
  for (const [old, edge] of edges) {
    const senders = base.parallelism.get(before.model.sender(old).uid);
    const { uid } = now.model.sender(edge);
    if (senders !== undefined && !cut.parallelism.has(uid)) cut.parallelism.set(uid, senders);
  }
  return cut;
}

function carry(old: VertexCut, part: VertexCut, vertex: VertexRecord, same: boolean): void {
  const { model } = vertex;
  const group = (instance: Instance): Instance => {
    return vertex.continued(instance, model.instance(instance.model?.handOver()), undefined, same);
  };
  const plain = (instance: Instance): Instance => {
    const from: Handover | undefined = instance.broadcast?.handOver();
    return vertex.continued(instance, undefined, from === undefined ? undefined : model.broadcast?.(from), same);
  };
  old.groups.forEach((instance, keyGroup) => {
    if (instance !== undefined) part.groups[keyGroup] = group(instance);
  });
  old.effs.forEach((eff, keyGroup) => {
    part.effs[keyGroup] = eff;
  });
  for (const [split, instance] of old.splits) part.splits.set(split, plain(instance));
  old.stateless.forEach((instance) => {
    part.stateless.push(plain(instance));
  });
  old.broadcast.forEach((instance, subtask) => {
    part.broadcast[subtask] = plain(instance);
  });
  for (const subtask of old.subtasks) part.subtasks.add(subtask);
  for (const subtask of old.finished) part.finished.add(subtask);
  part.finishedGroups.push(...old.finishedGroups);
  for (const split of old.doneSplits) part.doneSplits.add(split);
}

/** Records in flight keep their send ids, on a channel of the edge as it is numbered now. */
function carryInFlight(base: Cut, cut: Cut, edges: ReadonlyMap<number, number>): void {
  const carried = new Map<number, number[]>();
  for (const { channel, received, sent } of base.channels.values()) {
    const edge = edges.get(channel.edge);
    if (received === undefined || sent === undefined || edge === undefined) continue;
    if (received.records >= sent.records && received.controls >= sent.controls) continue;
    const { attempt, sender, receiver } = channel;
    const moved = new ChannelRecord({ edge, attempt, sender, receiver });
    moved.values.push(...channel.values);
    moved.timestamps.push(...channel.timestamps);
    moved.causes.push(...channel.causes);
    moved.controls.push(...channel.controls);
    const place = cut.channel(moved);
    place.received = received;
    place.sent = sent;
    const lanes = carried.get(edge) ?? new Array<number>(TALLY).fill(0);
    carried.set(edge, lanes);
    for (let seq = received.records; seq < sent.records; seq++) tally(lanes, 0, moved, seq);
  }
  cut.carried = carried;
}

/**
 * Whether something was in flight between two operators that the new version does not join, runs as one task, or joins by
 * another partitioning or with records of another type (which it may or may not be able to read).
 */
export function losesInFlight(base: Cut, before: Model, now: Model): boolean {
  const edges = sameEdges(before.job, now.job);
  for (const channel of base.channels.values()) {
    if (channel.inFlight().length === 0) continue;
    const edge = edges.get(channel.channel.edge);
    if (edge === undefined || now.sender(edge) === now.receiver(edge)) return true;
    const [old, same] = [before.job.edges[channel.channel.edge], now.job.edges[edge]];
    if (old?.partition.kind !== same?.partition.kind || !sameValue(old?.type, same?.type)) return true;
  }
  return false;
}

/** By edge of the one job: the edge of the other between the same operators, for the same output, in the same place among those. */
function sameEdges(before: JobSpec, now: JobSpec): ReadonlyMap<number, number> {
  const named = (job: JobSpec): ReadonlyMap<string, number> => {
    const edges = new Map<string, number>();
    const counts = new Map<string, number>();
    for (const { id, from, to, tag } of job.edges) {
      const name = [job.nodes[from]?.uid, job.nodes[to]?.uid, tag ?? ''].join('\n');
      const nth = counts.get(name) ?? 0;
      counts.set(name, nth + 1);
      edges.set(`${name}\n${nth}`, id);
    }
    return edges;
  };
  const there = named(now);
  return new Map([...named(before)].flatMap(([name, id]) => (there.has(name) ? [[id, there.get(name) ?? -1]] : [])));
}
