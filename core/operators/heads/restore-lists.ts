/** Lists of an operator without key, from what a restore has dealt out to it. */
import type { Probe, TaskId } from '../../facts.ts';
import { hasItems, type OperatorStateHandle } from '../../state/operator-handles.ts';
import type { OperatorStates } from '../../state/operator/operator-state.ts';
import type { Coroutine } from '../../waiting.ts';

const NO_BYTES = new Uint8Array(0);

interface ListOwner {
  readonly task: TaskId;
  readonly probe: Probe;
  readonly states: OperatorStates;
}

export function* restoreLists(
  { task, probe, states }: ListOwner,
  handles: readonly OperatorStateHandle[],
  read: (object: string) => Coroutine<Uint8Array>,
): Coroutine<void> {
  const objects = new Map<string, Uint8Array>();
  for (const handle of handles) {
    // What no subtask had items for was not written.
    const bytes = hasItems(handle) ? (objects.get(handle.object) ?? (yield* read(handle.object))) : NO_BYTES;
    if (bytes !== NO_BYTES) objects.set(handle.object, bytes);
    states.restore(handle, bytes);
  }
  if (handles.length > 0) probe.operatorStateRestored?.({ task, states: states.content() });
}
