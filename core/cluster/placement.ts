/** Which task manager runs which subtask: subtask i of every vertex runs in slot i. */
import type { Connection, HostId, ProcessId } from '../ports.ts';

/** A registered task manager. A new registration of the same one replaces it. */
export interface Registration {
  readonly taskManager: ProcessId;
  readonly host: HostId;
  readonly slots: number;
  readonly connection: Connection;
  lastHeard: number;
}

export interface Slot {
  readonly registration: Registration;
}

/** Slots in turn over the task managers, in order of their names. There must be that many. */
export function placeSlots(registrations: Iterable<Registration>, needed: number): readonly Slot[] {
  const free = [...registrations]
    .sort((a, b) => (a.taskManager < b.taskManager ? -1 : 1))
    .map((registration) => ({ registration, left: registration.slots }));
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
