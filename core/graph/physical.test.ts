import { UserCode } from '../user-code.ts';
import { describe, expect, it } from 'vitest';
import {
  defineJob,
  int32,
  int64,
  type JobEnvironment,
  JobError,
  type JobSpec,
  logSink,
  logSource,
  type OperatorStream,
  outputTag,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  watermarkPerRecord,
} from '../api/index.ts';
import { keyHasher } from '../values/hash.ts';
import { keyGroupOf, ownerOf } from './key-groups.ts';
import { partitionerOf, type SenderSide } from './partitioners.ts';
import { adoptedKeyGroups, physicalGraph, undeclaredKeyGroups } from './physical.ts';

const event = record({ key: string, n: int32, ts: int64 });
type Event = TypeOf<typeof event>;
const late = outputTag('late', event);

function source(env: JobEnvironment, uid = 'source'): OperatorStream<Event> {
  return env.fromSource(logSource({ topic: 'in', type: event }), {
    uid,
    watermarks: watermarkPerRecord({ timestamp: (e) => e.ts, delayMs: 0 }),
  });
}
function sink(topic: string) {
  return logSink({ topic, type: event });
}
/** head[chain]xP/M in -> chained -> out */
function shape(job: JobSpec, parallelism: number): readonly string[] {
  return physicalGraph(job, parallelism).vertices.map((vertex) => {
    const ids = (edges: readonly { readonly id: number }[]): string => edges.map((edge) => edge.id).join(',');
    const nodes = vertex.nodes.map((node) => node.uid).join(' ');
    return `${nodes} x${vertex.parallelism}/${vertex.maxParallelism}${vertex.keyed ? ' keyed' : ''} (${ids(vertex.inEdges)}) (${ids(vertex.chainedEdges)}) (${ids(vertex.outEdges)})`;
  });
}

describe('a physical graph', () => {
  it('chains forward edges, also to two followers, and cuts at hash edges, unions and other parallelism', () => {
    const job = defineJob('j', (env) => {
      const a = source(env, 'a').map((e) => e, event, { uid: 'm' });
      const b = source(env, 'b');
      const windows = a
        .union(b)
        .filter(() => true, { uid: 'f' })
        .keyBy((e) => e.key, string)
        .window(tumblingEventTime(10))
        .sideOutputLateData(late);
      const reduced = windows.reduce((x) => x).uid('w');
      reduced.getSideOutput(late).sinkTo(sink('late')).uid('late');
      reduced.sinkTo(sink('out')).uid('out');
      reduced.sinkTo(sink('single')).uid('single').setParallelism(1);
    });
    expect(shape(job, 2)).toEqual([
      'a m x2/128 () (0) (1)',
      'b x2/128 () () (2)',
      'f x2/128 (1,2) () (3)',
      'w late out x2/128 keyed (3) (4,5) (6)',
      'single x1/128 (6) () ()',
    ]);
  });

  it('has the same chains at every parallelism, also where the job happens to have the declared one', () => {
    const job = defineJob('j', (env) => {
      source(env)
        .map((e) => e, event, { uid: 'm' })
        .setParallelism(2)
        .sinkTo(sink('out'))
        .uid('out');
    });
    for (const parallelism of [1, 2, 3]) {
      expect(physicalGraph(job, parallelism).vertices.map((vertex) => vertex.uid)).toEqual(['source', 'm', 'out']);
    }
  });

  it('does not chain operators of different max parallelism', () => {
    const job = defineJob('j', (env) => source(env).sinkTo(sink('out')).uid('out').setMaxParallelism(7));
    expect(shape(job, 3)).toEqual(['source x3/128 () () (0)', 'out x3/7 (0) () ()']);
  });

  it('finds vertices by head, by node and by edge', () => {
    const job = defineJob('j', (env) => {
      source(env)
        .map((e) => e, event)
        .keyBy((e) => e.key, string)
        .reduce((a) => a)
        .uid('sum')
        .sinkTo(sink('out'))
        .uid('out');
    });
    const graph = physicalGraph(job, 1);
    const [first, second] = graph.vertices;
    expect(graph.vertex('sum')).toBe(second);
    expect([0, 1, 2, 3].map((node) => graph.vertexOf(node))).toEqual([first, first, second, second]);
    expect(job.edges.map((edge) => graph.sender(edge).uid)).toEqual(['source', 'source', 'sum']);
    expect(job.edges.map((edge) => graph.receiver(edge).uid)).toEqual(['source', 'sum', 'sum']);
    expect(() => graph.vertex('out')).toThrow('has no vertex "out"');
    expect(() => graph.vertexOf(9)).toThrow('has no node 9');
  });

  it('refuses more subtasks than key groups, and a parallelism that is no count', () => {
    const job = defineJob(
      'j',
      (env) =>
        source(env)
          .sinkTo(logSink({ topic: 'out', type: event }))
          .uid('out'),
      {
        maxParallelism: 2,
      },
    );
    expect(() => physicalGraph(job, 3)).toThrow(JobError);
    expect(() => physicalGraph(job, 3)).toThrow('operator "source": parallelism 3 is above its max parallelism 2');
    for (const parallelism of [0, -1, 1.5, NaN])
      expect(() => physicalGraph(job, parallelism)).toThrow('set a whole number >= 1');
  });

  const sums = (declared?: number): JobSpec =>
    defineJob('j', (env) => {
      const sum = source(env)
        .keyBy((e) => e.key, string)
        .reduce((a) => a)
        .uid('sum');
      if (declared !== undefined) sum.setMaxParallelism(declared);
      sum.sinkTo(sink('out')).uid('out').setParallelism(1);
    });
  const stored = new Map(['source', 'sum', 'out'].map((uid) => [uid, 12]));

  it('has the key groups of the restored state where an operator with key declares none, and says so to whoever builds it, too', () => {
    const graph = physicalGraph(sums(), 2, undefined, stored);
    expect(graph.vertices.map(({ uid, maxParallelism }) => [uid, maxParallelism])).toEqual([
      ['source', 128],
      ['sum', 12],
      ['out', 128],
    ]);
    expect([...undeclaredKeyGroups(graph)]).toEqual([['sum', 12]]);
    expect([...adoptedKeyGroups(graph)]).toEqual([['sum', 12]]);
    // The default of a larger parallelism, at which the state was taken, is another number, too.
    expect([...adoptedKeyGroups(physicalGraph(sums(), 2, undefined, new Map([['sum', 256]])))]).toEqual([['sum', 256]]);
    const byItself = physicalGraph(sums(), 2, undefined, new Map([['sum', 128]]));
    expect([[...undeclaredKeyGroups(byItself)], [...adoptedKeyGroups(byItself)]]).toEqual([[['sum', 128]], []]);
  });

  it('has the key groups that an operator declares, whatever the state has', () => {
    const graph = physicalGraph(sums(7), 2, undefined, stored);
    expect([graph.vertex('sum').maxParallelism, undeclaredKeyGroups(graph).size, adoptedKeyGroups(graph).size]).toEqual([7, 0, 0]); // prettier-ignore
  });

  it('refuses more subtasks than the restored state has key groups, and says whose number it is', () => {
    expect(() => physicalGraph(sums(), 13, undefined, stored)).toThrow(
      'operator "sum": parallelism 13 is above its max parallelism 12, which it declares nowhere and has from its state; lower',
    );
    expect(() => physicalGraph(sums(), 12, undefined, stored)).not.toThrow();
    expect(() => physicalGraph(sums(), 200)).not.toThrow();
  });

  it('refuses a forward edge between different parallelism in a job made by hand', () => {
    const job = defineJob('j', (env) => source(env).sinkTo(sink('out')).uid('out').setParallelism(2));
    const byHand: JobSpec = {
      ...job,
      edges: job.edges.map((edge) => ({ ...edge, partition: { kind: 'forward' } as const })),
    };
    expect(() => physicalGraph(byHand, 3)).toThrow('the edge from "source" (parallelism 3) to "out" (2) is forward');
    expect(physicalGraph(byHand, 2).vertices.length).toBe(2);
  });
});

const SENDER: SenderSide = {
  parallelism: 2,
  random: { below: (n) => n - 1 },
  receiver: 'to',
  user: new UserCode(),
  edge: 'the edge from operator a to operator b',
};

describe('a partitioner', () => {
  const job = defineJob('j', (env) => {
    const first = source(env);
    first
      .keyBy((e) => e.key, string)
      .reduce((a) => a)
      .uid('sum');
    first.rebalance().map((e) => e, event);
    first.map((e) => e, event);
    first.sinkTo(logSink({ topic: 'out', type: event })).uid('out');
  });
  const [hash, rebalance, forward] = job.edges;
  const value = (key: string): Event => ({ key, n: 1, ts: 0 });

  it('of a hash edge names the owner of the key group', () => {
    for (const [parallelism, maxParallelism] of [
      [1, 128],
      [3, 128],
      [3, 10],
      [5, 5],
    ] as const) {
      const partition = partitionerOf(hash!, 0, parallelism, maxParallelism, SENDER);
      for (const key of ['a', 'hello', 'key-1', '']) {
        const owner = ownerOf(keyGroupOf(keyHasher(string)(key), maxParallelism), parallelism, maxParallelism);
        expect(typeof partition === 'function' && partition(value(key))).toBe(owner);
      }
    }
  });

  it('of a rebalance edge goes round from the index of the sender', () => {
    const sequence = (sender: number, receivers: number): readonly unknown[] => {
      const partition = partitionerOf(rebalance!, sender, receivers, 128, SENDER);
      return [1, 2, 3, 4].map(() => typeof partition === 'function' && partition(value('a')));
    };
    expect(sequence(0, 3)).toEqual([0, 1, 2, 0]);
    expect(sequence(2, 3)).toEqual([2, 0, 1, 2]);
    expect(sequence(4, 3)).toEqual([1, 2, 0, 1]);
    expect(sequence(5, 1)).toEqual([0, 0, 0, 0]);
  });

  it('of a forward edge names the index of the sender, and of a broadcast edge no receiver', () => {
    const partition = partitionerOf(forward!, 2, 3, 128, SENDER);
    expect(typeof partition === 'function' && partition(value('a'))).toBe(2);
    expect(partitionerOf({ ...forward!, partition: { kind: 'broadcast' } }, 2, 3, 128, SENDER)).toBe('broadcast');
  });

  it('of a rescale edge goes round the own receivers of the sender, of a shuffle edge draws one of all', () => {
    const sequence = (
      kind: 'rescale' | 'shuffle',
      sender: number,
      senders: number,
      receivers: number,
    ): readonly unknown[] => {
      const partition = partitionerOf({ ...forward!, partition: { kind } }, sender, receivers, 128, {
        ...SENDER,
        parallelism: senders,
      });
      return [1, 2, 3].map(() => typeof partition === 'function' && partition(value('a')));
    };
    expect(sequence('rescale', 0, 2, 4)).toEqual([0, 1, 0]);
    expect(sequence('rescale', 1, 2, 4)).toEqual([2, 3, 2]);
    expect(sequence('rescale', 4, 5, 2)).toEqual([1, 1, 1]);
    expect(sequence('shuffle', 1, 2, 4)).toEqual([3, 3, 3]);
  });

  it('of a custom edge names the receiver that the author names, and says what is wrong with any other answer', () => {
    const partition = (fn: (value: unknown, receivers: number) => number): (() => number) => {
      const made = partitionerOf({ ...forward!, partition: { kind: 'custom', partition: fn } }, 0, 3, 128, SENDER);
      return () => (typeof made === 'function' ? made(value('a')) : -1);
    };
    expect(partition((_, receivers) => receivers - 1)()).toBe(2);
    for (const wrong of [3, -1, 0.5, Number.NaN])
      expect(partition(() => wrong)).toThrow(
        `the edge from operator a to operator b returned ${wrong} for 3 receivers; return a whole number`,
      );
    const fails = partition(() => {
      throw new Error('oops');
    });
    expect(fails).toThrow(JobError);
    expect(fails).toThrow('the custom partitioner of the edge from operator a to operator b threw Error: oops');
  });
});

it('a job has one graph for each parallelism, scale and numbers of stored key groups', () => {
  const job = defineJob('j', (env) => {
    source(env)
      .keyBy((e) => e.key, string)
      .reduce((a) => a)
      .uid('r')
      .sinkTo(sink('out'))
      .uid('out');
  });
  const reduced = (graph: ReturnType<typeof physicalGraph>): readonly (number | undefined)[] => {
    const vertex = graph.vertices.find(({ uid }) => uid === 'r');
    return [vertex?.parallelism, vertex?.maxParallelism];
  };
  expect(physicalGraph(job, 2)).toBe(physicalGraph(job, 2));
  expect(reduced(physicalGraph(job, 2))).toEqual([2, 128]);
  expect(reduced(physicalGraph(job, 3))).toEqual([3, 128]);
  expect(reduced(physicalGraph(job, 2, new Map([['r', 4]])))).toEqual([4, 128]);
  expect(reduced(physicalGraph(job, 2, new Map(), new Map([['r', 64]])))).toEqual([2, 64]);
  expect(reduced(physicalGraph(job, 2))).toEqual([2, 128]);
});
