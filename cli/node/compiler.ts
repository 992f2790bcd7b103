/**
 * How V8 compiles a process that runs plans. A plan runs thousands of functions a few times each. By default most of them
 * are interpreted for long, and what gets warm is optimized again and again as other jobs pass other shapes to it: a third
 * of a campaign's time on two cores. Measured over 70 plans of all scenarios in a fresh process, and 250 after 500:
 *
 *   baseline code at once      cold 5 to 8 % less wall time, warm 12 to 17 %; Node 24 5 %
 *   optimized four times later cold 12 % less wall time and 22 % less time of all threads, warm the same; Node 20 only,
 *                              newer ones have a compiler in between
 *   a quarter of the inlining  cold 6 to 8 % less time of all threads on top of both (the same small functions are compiled again
 *                              wherever they are called), warm the same; Node 20 only, on Node 24 it wins nothing
 *
 * What a run does is the same with any of them.
 */
import { setFlagsFromString } from 'node:v8';

/** Flags are V8's own affair: newer versions than these may not know them, and would say so on stderr. */
const MEASURED = [20, 24] as const;
/** Node's default is 67,584 or 135,168, in bytes of bytecode that are run. */
const INTERRUPT_BUDGET = 270_000;
/** Node's default is 920, in bytes of bytecode that one optimized function may take in. */
const INLINED_MAX = 230;

/** For the whole process; what has been compiled before stays as it is. `set`: given by a test. */
export function tuneCompiler(version = process.versions.node, set: (flag: string) => void = setFlagsFromString): void {
  const major = Number(version.split('.')[0]);
  if (major < MEASURED[0] || major > MEASURED[1]) return;
  set('--always-sparkplug');
  if (major >= 22) return;
  set(`--interrupt-budget=${INTERRUPT_BUDGET}`);
  set(`--max-inlined-bytecode-size-cumulative=${INLINED_MAX}`);
}
