/** `millrace/vitest`: matchers for vitest's `expect`. */
export {};
