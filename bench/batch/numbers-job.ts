/**
 * A batch job whose input and output are nowhere: records are made as they are read, and what comes out is added up.
 *
 *   numbers (2 splits) --hash--> sums of a key --> total
 */
import { int32, int64, record, string, type TypeOf } from '../../core/job/types.ts';
import {
  defineJob,
  type JobSpec,
  listEnumerator,
  noWatermarks,
  settled,
  type Sink,
  type Source,
  type SourceSplit,
  splitListSerializer,
  type SplitListState,
  versioned,
} from '../../core/api/index.ts';

const numbered = record({ key: int32, value: int64, text: string });
type Numbered = TypeOf<typeof numbered>;

const SPLITS = 2;
const KEYS = 1_000;
/** What a record carries besides, so that it is of the size of a small event. */
const TEXT = 'x'.repeat(40);

const splits = versioned('splits of numbers', 1, record({ id: string, position: int64 }));

/** Split i has the numbers i, i + 2, i + 4 ... below `count`. */
function numbersSource(count: number): Source<Numbered, SourceSplit, SplitListState<SourceSplit>> {
  return {
    connector: 'numbers',
    input: 'numbers',
    type: numbered,
    bounded: true,
    startPosition: 0,
    rewindable: true,
    splitSerializer: splits,
    enumeratorSerializer: splitListSerializer(splits),
    createEnumerator: (env, restored) =>
      listEnumerator(env, restored, function* () {
        return Array.from({ length: SPLITS }, (_, i) => ({ id: String(i), position: 0 }));
      }),
    createReader: ({ id, position: from }) => {
      let position = from;
      return {
        poll: () => {
          const value = position * SPLITS + Number(id);
          if (value >= count) return 'end';
          // Neighbours have distant keys, so that the input is not sorted already.
          return { value: { key: (value * 7_919) % KEYS, value, text: TEXT }, position: position++ };
        },
        available: () => settled(),
        snapshot: () => ({ id, position }),
      };
    },
    unassigned: ({ listed, unassigned }) => (listed ? unassigned : undefined),
  };
}

export interface Total {
  records: number;
  sum: number;
}

/** Adds up into `total`. */
function totalSink(total: Total): Sink<Numbered> {
  return {
    connector: 'total',
    output: 'total',
    type: numbered,
    delivery: 'at-least-once',
    external: true,
    createWriter: () => ({
      *open() {
        // There is nothing to open.
      },
      write: ({ value }) => {
        total.records++;
        total.sum += value;
      },
      dirty: false,
      *flush() {
        // It is all in the total.
      },
    }),
  };
}

/** What is in the total of a job of so many records: in batch each key has one sum (SEMANTICS E3). */
export function totalOf(count: number): Total {
  return { records: Math.min(count, KEYS), sum: (count * (count - 1)) / 2 };
}

export function numbersJob(count: number, total: Total): JobSpec {
  return defineJob('numbers', (env) => {
    env
      .fromSource(numbersSource(count), {
        uid: 'numbers',
        watermarks: noWatermarks({ timestamp: ({ value }: Numbered) => value }),
      })
      .keyBy(({ key }) => key, int32)
      .reduce((a, b) => ({ ...b, value: a.value + b.value }), { uid: 'sums' })
      .sinkTo(totalSink(total), { uid: 'total' });
  });
}
