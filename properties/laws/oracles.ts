/** What the laws that a job's author states have in common: what was read and committed, and when nothing can be said. */
import { messageOf } from '../../core/errors.ts';
import { JobFault, plainText } from '../../core/job-fault.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { ignoreRejection, isThenable } from '../../core/user-code.ts';
import { ByteReader } from '../../core/values/bytes.ts';
import { serializerOf } from '../../core/values/serializers.ts';
import type { LateRecord } from '../plan/expects.ts';
import type { Topics } from '../plan/plan.ts';
import type { Instance } from '../witness/instance.ts';
import type { Witness } from '../witness/witness.ts';
import type { CommittedRecord } from '../world.ts';
import { type Evidence, note } from './evidence.ts';

export interface SinkTopic {
  readonly topic: string;
  readonly type: TypeInfo;
  /** Records may be seen again after a failure: of these at least what is expected must be there. */
  readonly repeats: boolean;
}

/** The topics that the job writes. */
export function sinkTopics({ model }: Witness): ReadonlyMap<string, SinkTopic> {
  const topics = new Map<string, SinkTopic>();
  for (const { operator } of model.job.nodes) {
    if (operator.kind !== 'sink' || operator.sink.external === true) continue;
    const { output: topic, type, delivery } = operator.sink;
    topics.set(topic, { topic, type, repeats: topics.get(topic)?.repeats === true || delivery === 'at-least-once' });
  }
  return topics;
}

/** Undefined: it cannot be read, which the law `sinks` reports. */
export function committedValue(
  { type }: SinkTopic,
  { bytes }: CommittedRecord,
): { readonly value: unknown } | undefined {
  try {
    return { value: serializerOf(type).read(new ByteReader(bytes)) };
  } catch {
    return undefined;
  }
}

/** At least once, state counts records twice and output repeats: what an oracle says of it would be true by chance only. */
export function whyNotExact({ world, upgraded }: Witness): string | undefined {
  if (upgraded && world.expects.acrossVersions !== true)
    return 'several versions of the job have run, and it does not say `acrossVersions`';
  return world.checkpointing.mode === 'at-least-once' ? 'checkpoints are at-least-once' : undefined;
}

function instancesIn(witness: Witness): readonly (readonly [uid: string, Instance])[] {
  return [...witness.vertices.keys()].flatMap((uid) =>
    witness.finalInstances(uid).map((instance): readonly [string, Instance] => [uid, instance]),
  );
}

/** Every element that was late in the history with which the run ends, operator by operator. */
export function lateRecords(witness: Witness): readonly LateRecord[] {
  const found: LateRecord[] = [];
  for (const [operator, instance] of instancesIn(witness)) {
    const before = found.length;
    for (let node = instance.late; node !== undefined; node = node.before) {
      found.push({ operator, value: node.value, key: node.key, timestamp: node.timestamp });
    }
    found.push(...found.splice(before).reverse());
  }
  return found;
}

/** What the job has read of its input in the end: all of it, unless it was drained. Undefined: two sources of a topic disagree. */
export function consumed(witness: Witness): Topics | undefined {
  const { world, model, finalCut } = witness;
  const read = new Map<string, readonly (readonly unknown[])[]>();
  for (const { uid, operator } of model.job.nodes) {
    if (operator.kind !== 'source') continue;
    const { input, startPosition } = operator.source;
    const splits = (finalCut?.vertices.get(uid) ?? witness.vertices.get(uid))?.splits;
    const partitions = (world.input[input] ?? []).map((records, partition) =>
      records.slice(startPosition, splits?.get(`${input}-${partition}`)?.offset ?? startPosition),
    );
    const other = read.get(input);
    if (other?.some(({ length }, partition) => length !== partitions[partition]?.length) === true) return undefined;
    read.set(input, partitions);
  }
  return Object.fromEntries(read);
}

/** What the author's function has thrown. */
export function thrown(error: unknown): { readonly message: string; readonly evidence: Evidence } {
  const { stack } = new JobFault('threw', '', { cause: error }).data('');
  return {
    message: plainText(plainMessageOf(error), MESSAGE_MAX),
    evidence: stack.map((frame, index) => note.text(index === 0 ? 'where' : '', frame)),
  };
}

/** What is wrong with a function of the author's that answers by a promise; undefined: nothing is. `give`: what to do instead. */
export function promised(result: unknown, what: string, give: string): string | undefined {
  if (!isThenable(result)) return undefined;
  ignoreRejection(result);
  return `${what} returned a promise; it is asked synchronously: ${give}`;
}

const MESSAGE_MAX = 600;

/** Without the name of a plain `Error`, which says nothing. */
function plainMessageOf(error: unknown): string {
  return messageOf(error).replace(/^Error: /, '');
}
