/** Requests to the object store that are asked until they are done: both can be asked again. */
import type { Coroutine } from '../waiting.ts';
import type { ConnectorPorts } from './connector.ts';

const RETRY_MS = 5;

/** The object is there. Only for a name that always gets the same bytes. */
export function* putUntilWritten({ objects, clock }: ConnectorPorts, name: string, bytes: Uint8Array): Coroutine<void> {
  while ((yield* objects.put(name, bytes)).kind !== 'written')
    yield* clock.sleep(RETRY_MS, `${name} is not known to be written, asks again`);
}

export function* removeUntilGone({ objects, clock }: ConnectorPorts, name: string): Coroutine<void> {
  while ((yield* objects.remove(name)).kind !== 'written')
    yield* clock.sleep(RETRY_MS, `${name} is not known to be removed, asks again`);
}
