/** What every `HaStore` promises to two living processes. Left out: sessions that end, unknown outcomes. */
import type { HaStore } from '../../../core/ports.ts';
import { bytes, same } from '../../contract.ts';
import type { Clause } from '../../contract.ts';

export interface HaWorld {
  readonly one: HaStore;
  readonly other: HaStore;
}

export const haStoreContract: readonly Clause<HaWorld>[] = [
  {
    law: 'versions start at 1 and rise by 1; 0 stands for absent',
    *check({ one }) {
      same(yield* one.read('k'), undefined, 'before');
      same(yield* one.compareAndSet('k', 0, bytes('a')), { kind: 'written' }, 'create');
      same(yield* one.read('k'), { version: 1, bytes: bytes('a') }, 'created');
      same(yield* one.compareAndSet('k', 1, bytes('b')), { kind: 'written' }, 'update');
      same(yield* one.read('k'), { version: 2, bytes: bytes('b') }, 'updated');
    },
  },
  {
    law: 'a compare-and-set with another version is refused and changes nothing',
    *check({ one, other }) {
      same(yield* one.compareAndSet('k', 1, bytes('x')), { kind: 'refused' }, 'update of an absent key');
      yield* one.compareAndSet('k', 0, bytes('a'));
      same(yield* other.compareAndSet('k', 0, bytes('x')), { kind: 'refused' }, 'create of a present key');
      same(yield* other.compareAndSet('k', 2, bytes('x')), { kind: 'refused' }, 'update from a version to come');
      same(yield* other.read('k'), { version: 1, bytes: bytes('a') }, 'the value');
    },
  },
  {
    law: 'of two processes that expect the same version exactly one writes',
    *check({ one, other }) {
      const first = one.compareAndSet('k', 0, bytes('one'));
      const second = other.compareAndSet('k', 0, bytes('other'));
      const kinds = [(yield* first).kind, (yield* second).kind];
      same(kinds.toSorted(), ['refused', 'written'], 'answers');
    },
  },
  {
    law: 'requests of one process take effect in the order of the calls',
    *check({ one }) {
      const writes = [0, 1, 2, 3].map((version) => one.compareAndSet('k', version, bytes(`v${version}`)));
      for (const write of writes) same(yield* write, { kind: 'written' }, 'compare-and-set');
      same((yield* one.read('k'))?.version, 4, 'version');
    },
  },
  {
    law: 'a lease is held by one process at a time, and its epoch rises with every grant',
    *check({ one, other }) {
      const lease = yield* one.lease('leader');
      const next = other.lease('leader');
      yield* other.read('anything'); // answered after its request for the lease has arrived
      same(next.settled, false, 'the second grant while the lease is held');
      lease.release();
      same((yield* next).epoch, lease.epoch + 1, 'epoch of the second grant');
    },
  },
  {
    law: 'leases of different names do not touch each other',
    *check({ one, other }) {
      same((yield* one.lease('a')).epoch, 1, 'epoch of a');
      same((yield* other.lease('b')).epoch, 1, 'epoch of b');
    },
  },
  {
    law: 'a release takes effect once',
    *check({ one, other }) {
      const lease = yield* one.lease('leader');
      const second = other.lease('leader');
      yield* other.read('anything');
      const third = one.lease('leader');
      lease.release();
      lease.release();
      yield* second;
      yield* one.read('anything');
      same(third.settled, false, 'the third grant while the second lease is held');
    },
  },
];
