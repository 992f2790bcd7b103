/** What every `ObjectStore` promises. The store of a clause is empty. Left out: unknown outcomes, which a clause cannot provoke. */
import type { ObjectStore } from '../../../core/ports.ts';
import { bytes, same } from '../../contract.ts';
import type { Clause } from '../../contract.ts';

export const objectStoreContract: readonly Clause<ObjectStore>[] = [
  {
    law: 'a put object is read back whole, and the last put wins',
    *check(store) {
      same(yield* store.put('a/1', bytes('one')), { kind: 'written' }, 'first put');
      same(yield* store.get('a/1'), bytes('one'), 'after the first put');
      same(yield* store.put('a/1', bytes('two')), { kind: 'written' }, 'second put');
      same(yield* store.get('a/1'), bytes('two'), 'after the second put');
    },
  },
  {
    law: 'an object that was never put is absent',
    *check(store) {
      same(yield* store.get('nothing'), undefined, 'get');
    },
  },
  {
    law: 'an empty object is an object',
    *check(store) {
      yield* store.put('empty', bytes(''));
      same(yield* store.get('empty'), bytes(''), 'get');
      same(yield* store.list(''), ['empty'], 'list');
    },
  },
  {
    law: 'a conditional put is refused if the object exists, and changes nothing',
    *check(store) {
      same(yield* store.put('a', bytes('one'), 'if-absent'), { kind: 'written' }, 'put of a new object');
      same(yield* store.put('a', bytes('two'), 'if-absent'), { kind: 'refused' }, 'put of an existing object');
      same(yield* store.get('a'), bytes('one'), 'the object');
    },
  },
  {
    law: 'of two conditional puts at once exactly one is written',
    *check(store) {
      const first = store.put('a', bytes('one'), 'if-absent');
      const second = store.put('a', bytes('two'), 'if-absent');
      const kinds = [(yield* first).kind, (yield* second).kind];
      same(kinds.toSorted(), ['refused', 'written'], 'answers');
      same(yield* store.get('a'), bytes(kinds[0] === 'written' ? 'one' : 'two'), 'the object');
    },
  },
  {
    law: 'a list has the names with the prefix, sorted by code units',
    *check(store) {
      for (const name of ['chk/9', 'chk/10', 'other/1', 'chk/Z', 'chk/é']) yield* store.put(name, bytes(name));
      same(yield* store.list('chk/'), ['chk/10', 'chk/9', 'chk/Z', 'chk/é'], 'list of chk/');
      same(yield* store.list('none'), [], 'list of none');
    },
  },
  {
    law: 'a removed object is absent, and removing it again succeeds',
    *check(store) {
      yield* store.put('a', bytes('one'));
      same(yield* store.remove('a'), { kind: 'written' }, 'first removal');
      same(yield* store.get('a'), undefined, 'get');
      same(yield* store.remove('a'), { kind: 'written' }, 'second removal');
      same(yield* store.put('a', bytes('two'), 'if-absent'), { kind: 'written' }, 'conditional put after the removal');
    },
  },
];
