import { expect, it } from 'vitest';
import { inlineObjectOf, inlineOr } from '../../state/handles.ts';
import {
  type CheckpointMetadata,
  FINISHED_SUBTASK,
  foundAt,
  inlineIn,
  objectsOf,
  readMetadata,
  type SubtaskSnapshot,
  writeMetadata,
} from './metadata.ts';
import { metadataWith } from './testing/metadata-with.ts';

const bytes = (...of: number[]): Uint8Array => Uint8Array.from(of);
const handle = (...objects: string[]) => ({ first: 0, last: 7, objects, own: [] });

function metadata(...subtasks: readonly Partial<SubtaskSnapshot>[]): CheckpointMetadata {
  return metadataWith({
    checkpoint: 4,
    parallelism: subtasks.length,
    vertices: [
      {
        uid: 'v',
        parallelism: subtasks.length,
        maxParallelism: 8,
        subtasks: subtasks.map((subtask) => ({ ...FINISHED_SUBTASK, finished: false, ...subtask })),
      },
    ],
  });
}

const slice = {
  side: 'input',
  edge: 0,
  sender: 0,
  receiver: 0,
  object: 'job/1-4/v-0-channels',
  at: 0,
  length: 1,
  records: 1,
};
const both = metadata(
  {
    keyed: [handle('job/1-4/v-0', 'job/1-shared/2/v-0-run-1')],
    channelState: [slice],
    inline: [inlineObjectOf('job/1-4/v-0', bytes(1, 2, 3)), inlineObjectOf('job/1-4/v-0-channels', bytes(4))],
  },
  { keyed: [handle('job/1-4/v-1')], broadcast: { object: 'job/1-4/v-1-broadcast', at: 0, length: 1 } },
);

it('objects that lie in the metadata come back with it, and are none of the store', () => {
  const read = readMetadata(writeMetadata(both));
  expect(read).toEqual(both);
  expect([...objectsOf(read)]).toEqual(['job/1-shared/2/v-0-run-1', 'job/1-4/v-1', 'job/1-4/v-1-broadcast']);
  const object = inlineOr(inlineIn(read), (name) => (name === 'job/1-4/v-1' ? bytes(9) : undefined));
  expect(['job/1-4/v-0', 'job/1-4/v-1', 'job/1-4/v-2'].map(object)).toEqual([bytes(1, 2, 3), bytes(9), undefined]);
});

it('one whose bytes are others than were written is refused: whose, under which name, of which checkpoint', () => {
  const written = writeMetadata(both);
  const at = written.findIndex((byte, i) => byte === 1 && written[i + 1] === 2 && written[i + 2] === 3);
  for (const changed of [at, at + 1, at + 2]) {
    const damaged = written.slice();
    damaged[changed] = (damaged[changed] ?? 0) ^ 0x10;
    expect(() => readMetadata(damaged)).toThrow(
      /^checkpoint 4: the state of v\[0\] that its metadata holds as job\/1-4\/v-0 is damaged \(3 bytes with checksum \d+, written with \d+\); start the job from/,
    );
  }
});

it('one that the metadata lacks is looked for in the store, like any other', () => {
  const lacking = metadata({ keyed: [handle('job/1-4/v-0')] });
  expect([...objectsOf(readMetadata(writeMetadata(lacking)))]).toEqual(['job/1-4/v-0']);
});

it('in a checkpoint that was copied they have the names of the place where it lies now', () => {
  const found = foundAt('copies/here/metadata', both);
  expect(inlineIn(found).map(({ object }) => object)).toEqual(['copies/here/v-0', 'copies/here/v-0-channels']);
  expect([...objectsOf(found)]).toEqual(['job/1-shared/2/v-0-run-1', 'copies/here/v-1', 'copies/here/v-1-broadcast']);
});
