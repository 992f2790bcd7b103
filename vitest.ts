/** `millrace/vitest`: adds `expect(job).toBeExactlyOnce(options)` to vitest's `expect`. */
export { toBeExactlyOnce } from './cli/node/check/vitest.ts';
