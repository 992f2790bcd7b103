/**
 * Loads `millrace.config.{mjs,js,ts}`. A configuration in TypeScript is loaded by the project's own tsx, by
 * node itself where it can, and else not: the package brings no compiler along.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../core/errors.ts';
import { BadUsage } from '../exit-codes.ts';
import { type Config, configFrom } from '../config.ts';

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

/** Where in the file it was thrown, or what node says of a file that it cannot read: the line before the error's name. */
function placeOf(error: unknown, path: string): string {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  const place =
    lines.find((line) => /^\s+at /.test(line) && line.includes(path)) ?? lines.find((line) => line.startsWith('file:'));
  return place === undefined ? '' : `\n  ${place.trim()}`;
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
