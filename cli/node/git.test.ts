import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { changedSince } from './git.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-git-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const git = (...args: readonly string[]): void =>
  void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-C', directory, ...args], {
    stdio: 'ignore',
  });
const commit = (file: string): void => {
  writeFileSync(join(directory, file), file);
  git('add', '-A');
  git('commit', '-qm', file);
};

it('what a branch has changed is told: committed, not committed, untracked; not what the other branch has done', () => {
  git('init', '-qb', 'main');
  writeFileSync(join(directory, '.gitignore'), 'ignored\n');
  commit('a.ts');
  git('checkout', '-qb', 'mine');
  commit('b.ts');
  git('checkout', '-q', 'main');
  commit('theirs.ts');
  git('checkout', '-q', 'mine');
  mkdirSync(join(directory, 'folder'));
  writeFileSync(join(directory, 'folder', 'new name.ts'), '');
  writeFileSync(join(directory, 'ignored'), '');
  writeFileSync(join(directory, 'a.ts'), 'other');
  const expected = ['a.ts', 'b.ts', 'folder/new name.ts'];
  expect(changedSince('main', directory)).toEqual(expected);
  expect(changedSince('main', join(directory, 'folder'))).toEqual(expected);
  expect(changedSince('gone', directory)).toBeUndefined();
  expect(changedSince('--all', directory)).toBeUndefined();
  expect(changedSince('main', tmpdir())).toBeUndefined();
});
