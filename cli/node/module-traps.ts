/**
 * Traps on the dice of node's own modules, which a job takes by name before any run is on: `import { randomUUID } from 'node:crypto'`.
 * They are set once, where a user's file is loaded, and refuse only while a run is on. Left out: keys that are generated.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { inTrappedRun, refuse } from './process-traps.ts';

const DICE = ['randomUUID', 'randomBytes', 'pseudoRandomBytes', 'randomInt', 'randomFill', 'randomFillSync'] as const;
type Method = (...args: never[]) => unknown;

let areSet = false;

/** Before the file is loaded or after it: its imports are live. */
export function trapModules(): void {
  if (areSet) return;
  areSet = true;
  const module: Record<(typeof DICE)[number], Method> = crypto;
  for (const name of DICE) {
    const untrapped = module[name];
    module[name] = (...args) => {
      if (inTrappedRun()) refuse(`crypto.${name}()`, 'a run cannot be repeated by it: use ctx.random instead');
      return untrapped.apply(crypto, args);
    };
  }
  syncBuiltinESMExports();
}
