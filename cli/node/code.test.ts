import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { scriptOf } from '../script-of.mjs';
import { Code } from './code.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function folderOf(modules: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-code-'));
  directories.push(directory);
  writeFileSync(join(directory, 'code.cjs'), scriptOf(new Map(Object.entries(modules))));
  return directory;
}

function codeIn(directory: string, cached = true): Code {
  return new Code(directory, cached, (specifier) => import(pathToFileURL(join(directory, specifier)).href));
}

function taken(modules: Readonly<Record<string, string>>, name: string): Readonly<Record<string, unknown>> {
  return codeIn(folderOf(modules)).take(name);
}

const PARTS = {
  'a.js': `
    import { b as other, c } from "./b.js";
    import "./c.js";
    import { join } from "node:path";
    import path, { sep } from "node:path";
    import * as all from "node:path";
    const text = "import { x } from './b.js'; import.meta.url; export { text };";
    var later = () => import("./d.js");
    var where = () => import.meta;
    export { other as b, c, join, path, sep, all, text, later, where };`,
  'b.js': `var b = 1; class c {} export { b, c };`,
  'c.js': `import { c } from "./b.js"; globalThis.ran = [...(globalThis.ran ?? []), c.name];`,
  'd.js': `export default [1, 2];`,
};

describe('modules as one script', () => {
  it('import from each other and from node, and export by other names', async () => {
    Reflect.deleteProperty(globalThis, 'ran');
    const a = taken(PARTS, 'a.js') as Record<string, unknown> & {
      later: () => Promise<unknown>;
      where: () => { url: string; dirname: string };
    };
    expect(a).toMatchObject({ b: 1, text: expect.stringContaining('import.meta.url; export') as string });
    expect((a['join'] as typeof join)('x', 'y')).toBe(join('x', 'y'));
    expect([a['path'], a['all']].map((each) => (each as { join: unknown }).join)).toEqual([a['join'], a['join']]);
    expect(await a.later()).toEqual({ default: [1, 2] });
    const { url, dirname } = a.where();
    expect(url).toBe(pathToFileURL(join(dirname, 'code.cjs')).href);
    expect(Reflect.get(globalThis, 'ran')).toEqual(['c']);
  });

  it('run once, when the first asks', () => {
    Reflect.deleteProperty(globalThis, 'ran');
    const code = codeIn(folderOf(PARTS));
    expect(Reflect.get(globalThis, 'ran')).toBeUndefined();
    expect(code.take('a.js')).toBe(code.take('a.js'));
    expect(Reflect.get(globalThis, 'ran')).toEqual(['c']);
    expect(code.take('b.js')['c']).toBe(code.take('a.js')['c']);
  });

  it('import what is not in the script from beside it', async () => {
    const directory = folderOf({ 'a.js': `var later = () => import("./outside.mjs"); export { later };` });
    writeFileSync(join(directory, 'outside.mjs'), 'export const here = true;');
    const { later } = codeIn(directory).take('a.js') as { later: () => Promise<{ here: boolean }> };
    expect((await later()).here).toBe(true);
  });

  it('are ASCII, and mean the same', () => {
    const text = '// one \u2014 two\nvar dash = "\u2014\u{1f600}", is = /\u2014/.test(dash); export { dash, is };';
    expect(scriptOf(new Map([['a.js', text]]))).toMatch(/^[\0-\x7f]*$/);
    expect(taken({ 'a.js': text }, 'a.js')).toEqual({ dash: '\u2014\u{1f600}', is: true });
  });

  it('run in the context of whoever loads them, as in a runner of tests that gives each file one of its own', () => {
    const { outputFiles } = buildSync({
      entryPoints: [join(import.meta.dirname, 'code.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
    });
    const load = runInNewContext(
      `(require, module) => { ${outputFiles[0]?.text ?? ''}; return module.exports.Code; }`,
      {
        Buffer,
        process,
      },
    ) as (require: unknown, module: object) => typeof Code;
    const Other = load(createRequire(import.meta.url), { exports: {} });
    const directory = folderOf({ 'a.js': 'var made = [new Error("no")]; export { made };' });
    const code = new Other(directory, true, () => Promise.reject(new Error('nothing is outside')));
    const { made } = code.take('a.js') as { made: unknown };
    expect([Array.isArray(made), made instanceof Array]).toEqual([true, false]);
    expect((made as Error[])[0]?.stack).toMatch(/file:\/\/.*code\.cjs:\d+/);
    code.keep();
    expect(readdirSync(directory)).toEqual(['code.cjs']);
  });

  it('name the place of an error in the script', () => {
    const { fails } = taken({ 'a.js': `var fails = () => { throw new Error("no"); }; export { fails };` }, 'a.js');
    expect(fails).toThrow(
      expect.objectContaining({ stack: expect.stringMatching(/file:\/\/.*code\.cjs:\d+/) as string }),
    );
  });

  it('are refused in a form that esbuild does not write', () => {
    expect(() => scriptOf(new Map([['a.js', 'export const a = 1;']]))).toThrow('a.js');
    expect(() => scriptOf(new Map([['a.js', 'export * from "./b.js";']]))).toThrow('a.js');
    expect(() => taken({ 'b.js': 'var b; export { b };' }, 'a.js')).toThrow('a.js');
  });
});

describe('what is compiled', () => {
  const keptIn = (directory: string): string =>
    join(directory, 'compiled', readdirSync(join(directory, 'compiled'))[0] ?? 'none');

  it('is taken up by the next process, and kept once', () => {
    const directory = folderOf(PARTS);
    codeIn(directory).keep();
    const kept = keptIn(directory);
    expect(readdirSync(join(directory, 'compiled'))).toHaveLength(1);
    const { ino } = statSync(kept);
    const next = codeIn(directory);
    expect(next.take('b.js')).toMatchObject({ b: 1 });
    next.keep();
    expect(statSync(kept).ino).toBe(ino);
  });

  it('of another script, or torn, counts for nothing and is replaced', () => {
    const directory = folderOf(PARTS);
    codeIn(directory).keep();
    const kept = keptIn(directory);
    const whole = readFileSync(kept);
    const changed = Buffer.from(whole);
    changed.fill(0, 60, 90);
    for (const bytes of [changed, whole.subarray(0, 40), Buffer.from('no'), Buffer.alloc(0)]) {
      writeFileSync(kept, bytes);
      const next = codeIn(directory);
      expect(next.take('b.js')).toMatchObject({ b: 1 });
      next.keep();
      expect(readFileSync(kept).equals(bytes)).toBe(false);
      expect(readFileSync(kept).length).toBeGreaterThanOrEqual(whole.length);
    }
    writeFileSync(join(directory, 'code.cjs'), scriptOf(new Map([['b.js', 'var b = 22; export { b };']])));
    const next = codeIn(directory);
    expect(next.take('b.js')).toEqual({ b: 22 });
    next.keep();
    expect(readdirSync(join(directory, 'compiled'))).toHaveLength(2);
  });

  it('is kept once by a process, with the flags of its start, and for eight sets of flags', () => {
    const directory = folderOf(PARTS);
    const code = codeIn(directory);
    code.keep();
    const kept = keptIn(directory);
    rmSync(kept);
    code.keep();
    expect(readdirSync(join(directory, 'compiled'))).toEqual([]);
    const next = codeIn(directory);
    setFlagsFromString('--stress-lazy-source-positions');
    next.keep();
    setFlagsFromString('--no-stress-lazy-source-positions');
    expect(readdirSync(join(directory, 'compiled'))).toEqual([]);
    for (let file = 0; file < 8; file++) writeFileSync(join(directory, 'compiled', `${file}.bin`), '');
    codeIn(directory).keep();
    expect(readdirSync(join(directory, 'compiled'))).toHaveLength(8);
  });

  it('is neither needed nor missed where nothing can be written', () => {
    const directory = folderOf(PARTS);
    writeFileSync(join(directory, 'compiled'), 'a file');
    const code = codeIn(directory);
    code.keep();
    expect(code.take('b.js')).toMatchObject({ b: 1 });
    rmSync(join(directory, 'compiled'));
    mkdirSync(join(directory, 'compiled'));
    codeIn(directory, false).keep();
    expect(readdirSync(join(directory, 'compiled'))).toHaveLength(1);
  });
});
