/**
 * Commits everything that a savepoint names, from outside the tasks: for a drained job whose tasks ended before all of it
 * was committed. Nothing else could, since nothing restores that savepoint. Committing is idempotent: what a task has
 * committed already is left as it is, and a task that does not know yet that it is over does no harm by committing too. A service
 * that does not answer is asked again: there is no attempt that could fail by it.
 */
import type { CheckpointMetadata } from '../checkpoint/storage/metadata.ts';
import { untilAnswered } from '../checkpoint/storage/until-answered.ts';
import { commitUntilKnown } from '../connectors/commit.ts';
import type { ConnectorPorts } from '../connectors/connector.ts';
import { committableOf, type CommittableState } from '../connectors/connector-state.ts';
import { requireExactlyOnceSink } from '../connectors/check.ts';
import { guardedSink } from '../connectors/own-code.ts';
import type { Committable, Committer } from '../connectors/sink.ts';
import { JobError } from '../errors.ts';
import type { JobSpec } from '../job/spec.ts';
import type { Clock } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';

/** @throws IoError if something can never be committed: what it holds is lost. */
export function commitNamed(ports: ConnectorPorts, job: JobSpec, metadata: CheckpointMetadata): Coroutine<void> {
  return commitAll(
    ports,
    job,
    metadata.vertices.flatMap(({ subtasks }) => subtasks.flatMap(({ pending }) => pending)),
  );
}

/** @throws IoError if something can never be committed: what it holds is lost. */
export function* commitAll(ports: ConnectorPorts, job: JobSpec, states: readonly CommittableState[]): Coroutine<void> {
  for (const uid of new Set(states.map(({ sink }) => sink))) {
    const operator = job.nodes.find((node) => node.uid === uid)?.operator;
    if (operator?.kind !== 'sink') throw new JobError(`there is prepared output of sink ${uid}, which the job lacks`);
    const sink = guardedSink(uid, requireExactlyOnceSink(uid, operator.sink));
    const committer = patient(
      sink.createCommitter({ job: job.name, sink: uid, subtask: undefined, ports }),
      ports.clock,
    );
    for (const state of states) {
      if (state.sink === uid) yield* commitUntilKnown(committer, committableOf(sink, state), ports.clock);
    }
  }
}

function patient(committer: Committer<Committable>, clock: Clock): Committer<Committable> {
  return { commit: (committable) => untilAnswered(clock, () => committer.commit(committable)) };
}
