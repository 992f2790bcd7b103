/** The command of the package: `dist/millrace.mjs`, which `bin` names, calls this and nothing else. */
import { start } from './start.ts';

export const main = (): Promise<void> => start([]);
