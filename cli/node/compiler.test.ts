import { setFlagsFromString } from 'node:v8';
import { expect, test, vi } from 'vitest';
import { tuneCompiler } from './compiler.ts';

vi.mock('node:v8', () => ({ setFlagsFromString: vi.fn() }));

const flagsOn = (version: string): readonly unknown[] => {
  vi.mocked(setFlagsFromString).mockClear();
  tuneCompiler(version);
  return vi.mocked(setFlagsFromString).mock.calls.map(([flag]) => flag);
};

test('a flag is set only on versions that know it', () => {
  expect(flagsOn('20.19.0')).toEqual(['--always-sparkplug', '--interrupt-budget=270000']);
  expect(flagsOn('22.1.0')).toEqual(['--always-sparkplug']);
  expect(flagsOn('24.21.0')).toEqual(['--always-sparkplug']);
  expect(flagsOn('26.0.0')).toEqual([]);
});
