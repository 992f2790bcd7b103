/** `dist/load.js`: the code of this package, once in each process. */
import { Code } from './code.ts';
import { WORKER_ARGUMENT } from './protocol.ts';

/**
 * A worker runs plans for long, and compiles for itself: V8 makes baseline code at once (`compiler.ts`) only of what it compiles, not of
 * what it takes up. 250 plans by two workers took 4 to 8 % more processor time with it.
 */
const cached = process.argv[2] !== WORKER_ARGUMENT;

export const { keep, take } = new Code(import.meta.dirname, cached, (specifier) => import(specifier));
