/** What every `Disk` promises while the power is on. The disk of a clause is empty below /d. Left out: what survives a power loss. */
import type { Disk } from '../../../core/ports.ts';
import type { Coroutine } from '../../../core/waiting.ts';
import { bytes, failure, same, text } from '../../contract.ts';
import type { Clause } from '../../contract.ts';

export const diskContract: readonly Clause<Disk>[] = [
  {
    law: 'what was appended is read back, in order of the appends',
    *check(disk) {
      const appends = ['ab', '', 'cde'].map((part) => disk.append('/d/f', bytes(part)));
      for (const append of appends) yield* append;
      same(yield* whole(disk, '/d/f'), 'abcde', 'content');
    },
  },
  {
    law: 'a read returns at most what is there from its position on, and nothing only beyond the end',
    *check(disk) {
      yield* disk.append('/d/f', bytes('abcde'));
      const part = text(yield* disk.read('/d/f', 1, 3));
      same([part.length > 0, 'bcd'.startsWith(part)], [true, true], 'read in the middle');
      same(yield* disk.read('/d/f', 5, 3), bytes(''), 'read at the end');
      same(yield* disk.read('/d/f', 9, 3), bytes(''), 'read beyond the end');
    },
  },
  {
    law: 'a blocking read sees what has been appended, at most what it asks for, and nothing beyond the end',
    *check(disk) {
      yield* disk.append('/d/f', bytes('abcde'));
      let content = '';
      while (content.length < 5) {
        const part = text(disk.readNow('/d/f', content.length, 2));
        same([part.length > 0, part.length <= 2], [true, true], 'length of a part');
        content += part;
      }
      same(content, 'abcde', 'content');
      same(disk.readNow('/d/f', 5, 3), bytes(''), 'read at the end');
      same(disk.readNow('/d/f', 9, 3), bytes(''), 'read beyond the end');
    },
  },
  {
    law: 'a blocking read of a file that is not there throws an IoError at once',
    *check(disk) {
      let thrown: unknown;
      try {
        disk.readNow('/d/none', 0, 1);
      } catch (error) {
        thrown = error;
      }
      same(thrown instanceof Error ? thrown.name : 'none', 'IoError', 'error');
      yield* disk.append('/d/none', bytes('a'));
      same(text(disk.readNow('/d/none', 0, 1)), 'a', 'content once it is there');
    },
  },
  {
    law: 'what a reader does to its bytes does not change the file',
    *check(disk) {
      yield* disk.append('/d/f', bytes('abc'));
      (yield* disk.read('/d/f', 0, 3)).fill(0);
      disk.readNow('/d/f', 0, 1).fill(0);
      same(yield* whole(disk, '/d/f'), 'abc', 'content');
    },
  },
  {
    law: 'a file that is not there is an IoError',
    *check(disk) {
      const attempts = {
        read: disk.read('/d/none', 0, 1),
        sync: disk.sync('/d/none'),
        rename: disk.rename('/d/none', '/d/f'),
        remove: disk.remove('/d/none'),
      };
      for (const [name, attempt] of Object.entries(attempts)) {
        same(yield* failure(attempt, name), 'IoError', name);
      }
    },
  },
  {
    law: 'a rename replaces what has that name',
    *check(disk) {
      yield* disk.append('/d/new', bytes('new'));
      yield* disk.append('/d/f', bytes('old'));
      yield* disk.rename('/d/new', '/d/f');
      same(yield* whole(disk, '/d/f'), 'new', 'content');
      same(yield* disk.list('/d'), ['f'], 'names');
    },
  },
  {
    law: 'a removed file is gone; one of its name starts empty',
    *check(disk) {
      yield* disk.append('/d/f', bytes('old'));
      yield* disk.remove('/d/f');
      same(yield* disk.list('/d'), [], 'names');
      yield* disk.append('/d/f', bytes('new'));
      same(yield* whole(disk, '/d/f'), 'new', 'content');
    },
  },
  {
    law: 'a list has the files right in the directory, sorted by code units',
    *check(disk) {
      for (const path of ['/d/9', '/d/10', '/d/e/1', '/dd', '/d/Z']) yield* disk.append(path, bytes(path));
      same(yield* disk.list('/d'), ['10', '9', 'Z'], 'names in /d');
      same(yield* disk.list('/d/e'), ['1'], 'names in /d/e');
    },
  },
  {
    law: 'syncing changes nothing that can be read',
    *check(disk) {
      yield* disk.append('/d/f', bytes('abc'));
      yield* disk.sync('/d/f');
      yield* disk.syncDirectory('/d');
      same([yield* whole(disk, '/d/f'), yield* disk.list('/d')], ['abc', ['f']], 'content and names');
    },
  },
];

/** The whole file, however short the reads are. */
export function* whole(disk: Disk, path: string): Coroutine<string> {
  let content = '';
  for (;;) {
    const part = yield* disk.read(path, content.length, 64);
    if (part.length === 0) return content;
    content += text(part);
  }
}
