import { expect, test } from 'vitest';
import { tuneCompiler } from './compiler.ts';

const flagsOn = (version: string): readonly string[] => {
  const flags: string[] = [];
  tuneCompiler(version, (flag) => flags.push(flag));
  return flags;
};

test('a flag is set only on versions that know it', () => {
  expect(flagsOn('20.19.0')).toEqual([
    '--always-sparkplug',
    '--interrupt-budget=270000',
    '--max-inlined-bytecode-size-cumulative=230',
  ]);
  expect(flagsOn('22.1.0')).toEqual(['--always-sparkplug']);
  expect(flagsOn('24.21.0')).toEqual(['--always-sparkplug']);
  expect(flagsOn('26.0.0')).toEqual([]);
});
