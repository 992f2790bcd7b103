/** Finds `millrace.config.{mjs,js,ts}`; `load-config.ts` loads it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const CONFIG_FILES = ['millrace.config.mjs', 'millrace.config.js', 'millrace.config.ts'] as const;

/** The configuration of a folder, if it has one. */
export function findConfig(folder: string): string | undefined {
  return CONFIG_FILES.find((name) => existsSync(join(folder, name)));
}
