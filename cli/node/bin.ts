/**
 * The command of the package: `dist/millrace.mjs`, which `bin` names, calls this and nothing else.
 *
 * @param keep what has been compiled until then, for later processes (`code.ts`).
 */
import { start } from './start.ts';

export const main = (keep: () => void): Promise<void> => start([], keep);
