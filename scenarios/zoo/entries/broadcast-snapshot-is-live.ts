import type { ZooEntry } from '../entry.ts';

export const broadcastSnapshotIsLive: ZooEntry = {
  id: 'broadcast-snapshot-is-live',
  title: 'A snapshot shares the maps of the broadcast state: what comes while it is written is in it, too',
  origin: 'the mistake that it stands for: the sync part of a snapshot of broadcast state copies nothing',
  file: 'core/state/broadcast-state.ts',
  find: `    return { name: this.name, keyType: this.keyType, type: this.type, cells: new Map(this.#cells) };`,
  replace: `    return { name: this.name, keyType: this.keyType, type: this.type, cells: this.#cells };`,
  law: 'broadcast-state',
};
