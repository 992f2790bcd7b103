/**
 * Loads `millrace.config.{mjs,js,ts}`. A configuration in TypeScript is loaded by the project's own tsx, by
 * node itself where it can, and else not: the package brings no compiler along.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf } from '../../core/errors.ts';
import { userFrames } from '../../core/job-fault.ts';
import { BadUsage } from '../exit-codes.ts';
import { type Config, configFrom } from '../config.ts';
import { readText } from './files.ts';

/** What each file made, once a process: scenarios that are asked for twice are the same objects. */
export async function loadConfig(file: string): Promise<Config> {
  const path = resolve(file);
  if (!existsSync(path)) throw new BadUsage(`--config ${file}: there is no such file`);
  if (/\.[cm]?ts$/.test(path)) await loadTypeScript(file, path);
  const { trapModules } = await import('./module-traps.ts');
  trapModules();
  let module: { readonly default?: unknown };
  try {
    module = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as { readonly default?: unknown };
  } catch (error) {
    throw new BadUsage(`${file} cannot be loaded: ${messageOf(error)}${placeOf(error, path)}`, { cause: error });
  }
  if (module.default === undefined) {
    throw new BadUsage(`${file} exports nothing by default; write: export default defineConfig({ ... })`);
  }
  return configFrom(module.default, file);
}

/** Where it was thrown, or the line that node cannot read. What esbuild refuses has the place in its message. */
function placeOf(error: unknown, path: string): string {
  if (!(error instanceof Error)) return '';
  const { stack = '', message } = error;
  const place =
    stack.split('\n').find((line) => line.startsWith('file:')) ??
    userFrames(stack)[0] ??
    placeOfImport(message) ??
    (error instanceof SyntaxError ? placeOfSyntax(path) : undefined);
  return place === undefined ? '' : `\n  ${place.trim()}`;
}

/** Node names the file whose import is not there, and not the line. */
function placeOfImport(message: string): string | undefined {
  const [, missing, from] = /Cannot find (?:module|package) '([^']+)' imported from (.+)/.exec(message) ?? [];
  if (missing === undefined || from === undefined) return undefined;
  const importer = from.startsWith('file:') ? fileURLToPath(from) : from;
  const lines = (readText(importer) ?? '').split('\n');
  const at = lines.findIndex((line) => /['"`]/.test(line) && line.includes(basename(missing)));
  return at < 0 ? undefined : `${importer}:${at + 1}`;
}

const CHECK_MS = 10_000;

/**
 * Node tells the place of a syntax error only to the terminal, where the process ends by it: so one is started that does. It comes
 * to it before any module is evaluated.
 */
function placeOfSyntax(path: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, [...loaderFlags(process.execArgv), path], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: CHECK_MS,
  });
  return stderr.split('\n').find((line) => /^(?:file:|\/|[A-Za-z]:\\).*:\d+$/.test(line));
}

const LOADERS: readonly string[] = ['--import', '--require', '-r', '--loader', '--experimental-loader'];

/** Of a command line, what makes node load TypeScript: nothing else of it is of use to another program. */
function loaderFlags(flags: readonly string[]): readonly string[] {
  return flags.flatMap((flag, at) => {
    if (!LOADERS.includes(flag.replace(/=.*$/, ''))) return [];
    return flag.includes('=') ? [flag] : flags.slice(at, at + 2);
  });
}

async function loadTypeScript(file: string, path: string): Promise<void> {
  // Run from its sources, this very file has been loaded by what loads TypeScript.
  if (import.meta.url.endsWith('.ts')) return;
  const api = tsxOf(path);
  if (api !== undefined) {
    const tsx = (await import(pathToFileURL(api).href)) as { register(): unknown };
    tsx.register();
  } else if (!isTruthy(Reflect.get(process.features, 'typescript'))) {
    throw new BadUsage(
      `${file} is TypeScript, which node ${process.versions.node} cannot load by itself: install tsx in the project (npm install --save-dev tsx), or write millrace.config.mjs`,
    );
  }
}

function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== false;
}

/** The tsx that the project of a file has installed: its module for `import`; `resolve` would give that for `require`. */
function tsxOf(path: string): string | undefined {
  try {
    const manifest = createRequire(path).resolve('tsx/package.json');
    const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as TsxManifest;
    return join(dirname(manifest), exports['./esm/api'].import.default);
  } catch {
    return undefined;
  }
}
interface TsxManifest {
  readonly exports: { readonly './esm/api': { readonly import: { readonly default: string } } };
}
