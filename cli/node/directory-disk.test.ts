/** The contracts of the simulated disk, on a real directory: the simulator tells the truth about what it models. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { diskContract } from '../../sim/services/testing/disk.contract.ts';
import { judgeRecords } from '../../sim/services/testing/disk-crash.contract.ts';
import { DirectoryDisk } from './directory-disk.ts';
import { finish, RECORD_BYTES } from './testing/finish.ts';

let directories: string[] = [];

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
  directories.push(made);
  return made;
}

afterEach(() => {
  for (const made of directories) rmSync(made, { recursive: true, force: true });
  directories = [];
});

for (const { law, check } of diskContract) {
  it(`a real directory: ${law}`, () => {
    const root = directory();
    mkdirSync(join(root, 'd'));
    finish(check(new DirectoryDisk(root)));
  });
}

/** Kills the writer once it has told of so many records. The last one that it has told of. */
function killed(writer: ChildProcess, after: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    let errors = '';
    writer.stdout?.on('data', (text: Buffer) => {
      output += text.toString();
      if (output.split('\n').length > after) writer.kill('SIGKILL');
    });
    writer.stderr?.on('data', (text: Buffer) => {
      errors += text.toString();
    });
    writer.on('error', reject);
    writer.on('close', (_code, signal) => {
      const records = output.split('\n').slice(0, -1);
      if (signal === 'SIGKILL') resolve(Number(records.at(-1)));
      else reject(new Error(`the writer ended by itself: ${errors}`));
    });
  });
}

it('a process that is killed in the middle of its writes leaves what was synced, and of the rest a part in order', async () => {
  const root = directory();
  const writer = spawn(process.execPath, ['--import', 'tsx', 'cli/node/testing/disk-writer.ts', root], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const synced = await killed(writer, 5);
  expect(synced).toBeGreaterThanOrEqual(5);
  expect(finish(judgeRecords(new DirectoryDisk(root), RECORD_BYTES, synced))).toBeLessThan(RECORD_BYTES);
});

it('a record that is torn, lost or not replaced as a whole would be noticed', () => {
  const length = 4;
  const left = (log: readonly number[], current: readonly number[]): DirectoryDisk => {
    const root = directory();
    mkdirSync(join(root, 'd'));
    writeFileSync(join(root, 'd/log'), Uint8Array.from(log));
    writeFileSync(join(root, 'd/current'), Uint8Array.from(current));
    return new DirectoryDisk(root);
  };
  const [one, two] = [
    [1, 8, 15, 22],
    [2, 9, 16, 23],
  ];
  expect(finish(judgeRecords(left([...one, ...two, 3, 10], two), length, 2))).toBe(2);
  expect(finish(judgeRecords(left([...one, ...two], two), length, 1))).toBe(0);
  expect(() => finish(judgeRecords(left([...one, 2, 9], two), length, 2))).toThrow(/2 records of 4 bytes are synced/);
  expect(() => finish(judgeRecords(left([...one, ...two, 10], two), length, 2))).toThrow(/record 3/);
  expect(() => finish(judgeRecords(left([...one, ...two], [2, 9]), length, 2))).toThrow(/current record/);
});
