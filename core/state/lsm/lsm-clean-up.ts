/** Which states of an lsm backend are cleaned up in compactions, and what that takes away (SEMANTICS J8). */
import type { Timestamp } from '../../job/functions.ts';
import type { DroppedState, Sieve, SievedState } from '../backend.ts';
import { sieveOf } from '../timed.ts';
import { type Binary, GROUP_LENGTH, groupOfBinary } from './binary.ts';
import type { LsmKeys } from './lsm-keys.ts';
import { siftedBytes } from './lsm-snapshot.ts';
import { columnPrefixLength, LsmMapTable, type LsmTable } from './lsm-tables.ts';
import type { Sift } from './sifting.ts';

type AnyTable = LsmTable<unknown> | LsmMapTable<unknown, unknown>;

interface CleanUpEnv {
  readonly keys: LsmKeys;
  readonly now: () => Timestamp;
  /** The table of a state that the job has registered. */
  readonly tableOf: (state: string) => AnyTable | undefined;
  readonly dropped: (dropped: DroppedState) => void;
}

interface Column {
  readonly state: string;
  readonly table: AnyTable;
  readonly sieve: Sieve;
}

export class LsmCleanUp {
  readonly #env: CleanUpEnv;
  readonly #states: SievedState[] = [];
  /** Of the compaction under way, and the time that it goes by. */
  #columns: readonly Column[] = [];
  #now: Timestamp = 0;

  constructor(env: CleanUpEnv) {
    this.#env = env;
  }

  add(state: SievedState): void {
    this.#states.push(state);
  }

  /** A compaction begins. */
  sift(): Sift | undefined {
    if (this.#states.length === 0) return undefined;
    const now = (this.#now = this.#env.now());
    const columns = (this.#columns = this.#states.flatMap((sieved): Column[] => {
      const table = this.#env.tableOf(sieved.state);
      return table === undefined ? [] : [{ state: sieved.state, table, sieve: sieveOf(sieved, now) }];
    }));
    return ({ key, value }) => {
      const column = columns.find(({ table }) => key.startsWith(table.tag, GROUP_LENGTH));
      return column === undefined ? value : siftedBytes(column.table, column.sieve, value);
    };
  }

  /** It has ended. */
  dropped(binaries: readonly Binary[]): void {
    const { keys, dropped } = this.#env;
    for (const binary of binaries) {
      const column = this.#columns.find(({ table }) => binary.startsWith(table.tag, GROUP_LENGTH));
      if (column === undefined) continue;
      const { state, table } = column;
      const { key, end } = keys.read(binary, columnPrefixLength(table));
      const mapKey = table instanceof LsmMapTable ? table.mapKeyOf(binary, end) : undefined;
      dropped({ state, key, keyGroup: groupOfBinary(binary), mapKey, now: this.#now });
    }
  }
}
