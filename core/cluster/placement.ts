/** Registered task managers, and which of them runs which subtask: subtask i of every vertex runs in slot i. */
import { assert } from '../errors.ts';
import { type Body, encodeMessage, type KindsTo, type MessageHeader } from '../messages.ts';
import type { Connection, HostId, ProcessId } from '../ports.ts';

/** A registered task manager. A new registration of the same one replaces it. */
export interface Registration {
  readonly taskManager: ProcessId;
  readonly host: HostId;
  readonly slots: number;
  readonly connection: Connection;
  /** By the job manager's monotonic clock. */
  lastHeard: number;
}

export interface Slot {
  readonly registration: Registration;
}

export function sendTo<K extends KindsTo<'taskManager'>>(
  { connection }: Registration,
  kind: K,
  header: MessageHeader,
  body: Body<K>,
): void {
  connection.send(encodeMessage(kind, header, body));
}

export function slotsOf(registrations: Iterable<Registration>): number {
  let slots = 0;
  for (const registration of registrations) slots += registration.slots;
  return slots;
}

/** Slots in turn over the task managers, in order of their names. There must be that many. */
export function placeSlots(registrations: Iterable<Registration>, needed: number): readonly Slot[] {
  const free = [...registrations]
    .sort((a, b) => (a.taskManager < b.taskManager ? -1 : 1))
    .map((registration) => ({ registration, left: registration.slots }));
  assert(needed <= slotsOf(free.map(({ registration }) => registration)), () => `there are no ${needed} slots`);
  const slots: Slot[] = [];
  while (slots.length < needed) {
    for (const candidate of free) {
      if (candidate.left === 0 || slots.length === needed) continue;
      candidate.left--;
      slots.push({ registration: candidate.registration });
    }
  }
  return slots;
}
