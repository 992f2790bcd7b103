import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { ZooEditError, type ZooEntry } from '../../scenarios/zoo/entry.ts';
import { zooEntries } from '../../scenarios/zoo/index.ts';
import { BadUsage } from '../exit-codes.ts';
import { corpusDirectoryFor, checkoutOf, listJson, readText, writeText } from './files.ts';
import { openTerminal } from './terminal.ts';
import { VERSION } from '../../core/version.ts';
import { bundleWith } from './zoo.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-test-'));
const root = join(fileURLToPath(import.meta.url), '../../..');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('the version is that of the package', () => {
  expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).toMatchObject({ version: VERSION });
});

it('a file is written whole, in a directory that need not be there, and nothing else is left', () => {
  const path = join(directory, 'a/b/case.json');
  writeText(path, 'one');
  writeText(path, 'two');
  expect(readText(path)).toBe('two');
  expect(readdirSync(join(directory, 'a/b'))).toEqual(['case.json']);
  expect(listJson(join(directory, 'a/b'))).toEqual([path]);
  expect(listJson(join(directory, 'none'))).toEqual([]);
  expect(readText(join(directory, 'none'))).toBeUndefined();
  expect(() => readText(directory)).toThrow(BadUsage);
});

it('kept cases are those of the checkout that the command runs in, else of the user', () => {
  const checkout = checkoutOf(fileURLToPath(import.meta.url));
  expect(checkout).toBe(root.replace(/\/$/, ''));
  expect(corpusDirectoryFor(checkout, root)).toBe('scenarios/cases');
  expect(corpusDirectoryFor(checkout, '/')).toMatch(/scenarios\/cases$/);
  expect(corpusDirectoryFor(checkout, directory)).toBe('millrace-cases');
  expect(corpusDirectoryFor(undefined, root)).toBe('millrace-cases');
  expect(checkoutOf(join(directory, 'x.mjs'))).toBeUndefined();
});

function streams(isTTY: boolean) {
  let now = 0;
  const out: string[] = [];
  const err: string[] = [];
  const stream = (to: string[]) => ({ isTTY, columns: 20, write: (text: string) => to.push(text) });
  const terminal = openTerminal(stream(out), stream(err), () => now);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { terminal, out, err, pass };
}

it('on a terminal progress is one line that makes room for others', () => {
  const { terminal, out, err, pass } = streams(true);
  terminal.progress('10 runs and much more than fits');
  pass(10);
  terminal.progress('too soon');
  terminal.print('hello');
  expect(err).toEqual(['\r\u001b[2K10 runs and much mo', '\r\u001b[2K']);
  expect(out).toEqual(['hello\n']);
});

it('what is wider than a terminal is broken there, and stays whole in a pipe', () => {
  const words = 'twenty words of text '.repeat(6).trim();
  const { terminal, out } = streams(true);
  terminal.print(words);
  expect(
    Math.max(
      ...out
        .join('')
        .split('\n')
        .map(({ length }) => length),
    ),
  ).toBeLessThanOrEqual(40);
  expect(terminal.columns).toBe(20);
  const piped = streams(false);
  piped.terminal.print(words);
  expect(piped.out).toEqual([`${words}\n`]);
  expect(piped.terminal.columns).toBeUndefined();
});

it('in a pipe progress is a line now and then', () => {
  const { terminal, err, pass } = streams(false);
  terminal.progress('soon');
  pass(11_000);
  terminal.progress('later');
  terminal.progress('at once');
  terminal.progress(undefined);
  expect(err).toEqual(['later\n']);
});

/** Bundling is what takes time, so edits of different files are planted together: of each file the first, the second, ... */
const together: (readonly ZooEntry[])[] = [];
for (const entry of zooEntries) {
  const at = together.findIndex((others) => others.every(({ file }) => file !== entry.file));
  if (at < 0) together.push([entry]);
  else together[at] = [...(together[at] ?? []), entry];
}

it.each(together.map((entries, at) => [at + 1, entries] as const))(
  'zoo: edit %i of each file applies exactly once and compiles',
  async (nth, entries) => {
    await bundleWith(root, entries, join(directory, `${nth}.mjs`));
  },
);

it('an edit that does not apply exactly once is refused by the name of the entry', async () => {
  const edit = { id: 'x', file: 'core/errors.ts', find: 'class', replace: 'klass' };
  await expect(bundleWith(root, [edit], join(directory, 'x.mjs'))).rejects.toThrow(
    /zoo entry x: its snippet occurs \d+ times/,
  );
  const elsewhere = { ...edit, file: 'cli/node/main.ts' };
  await expect(bundleWith(root, [elsewhere], join(directory, 'x.mjs'))).rejects.toThrow('is no part of what runs');
});

it('entries have a name of their own and say where they come from', () => {
  expect(new Set(zooEntries.map(({ id }) => id)).size).toBe(zooEntries.length);
  for (const { id, title, origin } of zooEntries) {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(title.length * origin.length).toBeGreaterThan(0);
  }
  expect(new ZooEditError('x')).toBeInstanceOf(Error);
});
