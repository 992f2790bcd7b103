/** The first interrupt asks to stop and keep what there is; a second one ends the process at once. */
import { EXIT } from '../exit-codes.ts';

export function onInterrupt(first: () => void): () => boolean {
  let asked = false;
  const handler = (): void => {
    if (asked) process.exit(EXIT.interrupted);
    asked = true;
    first();
  };
  process.on('SIGINT', handler);
  process.on('SIGTERM', handler);
  return () => asked;
}
