/** `dist/load.js`: the code of this package, once in each process. */
import { Code } from './code.ts';
import { WORKER_ARGUMENT } from './protocol.ts';

/**
 * A worker runs plans for long: it compiles for itself, since V8 makes faster code of what it does not take up (`compiler.ts`).
 */
const cached = process.argv[2] !== WORKER_ARGUMENT;

export const { keep, take } = new Code(import.meta.dirname, cached, (specifier) => import(specifier));
