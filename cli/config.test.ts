import { expect, it } from 'vitest';
import { smoke } from '../scenarios/jobs/smoke.ts';
import { configFrom } from './config.ts';

const law = { name: 'mine', states: 'x', anomalies: ['a'], listen: () => ({ probe: {} }) };
const mark = { name: 'seen', rarity: 3, condition: 'x', listen: () => ({}) };
const reporter = { flag: 'html', describes: 'x', render: () => '' };

const problem = (value: unknown): string => {
  try {
    configFrom(value, 'millrace.config.mjs');
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^.*\n {2}/, '') : '';
  }
};

it('what it holds is used as it is, objects of classes included', () => {
  class Mine {
    readonly name = 'mine';
    readonly states = 'x';
    readonly anomalies = [];
    listen() {
      return { probe: {} };
    }
  }
  const config = {
    scenarios: [smoke],
    laws: [new Mine()],
    marks: [mark],
    parts: {},
    reporters: [reporter],
    caseDirectory: 'c',
  };
  expect(configFrom(config, 'file')).toBe(config);
  expect(configFrom({}, 'file')).toEqual({});
});

it('each mistake is named with its place and with what is right there', () => {
  expect(problem(undefined)).toBe(
    'the whole: expected an object, the default export: export default defineConfig({ ... })',
  );
  expect(problem({ scenario: [] })).toBe(
    'the whole: there is no scenario; there are scenarios, laws, marks, parts, reporters, caseDirectory',
  );
  expect(problem({ scenarios: smoke })).toBe('scenarios: expected a list of scenarios');
  expect(problem({ scenarios: [] })).toBe(
    'scenarios: the list is empty: name a scenario, or leave `scenarios` out for the built-in ones',
  );
  expect(problem({ scenarios: [smoke, {}] })).toContain('scenarios[1].id: expected the name of the scenario, a string');
  expect(problem({ scenarios: [{ ...smoke, id: 'a b' }] })).toMatch(/^scenarios\[0\]\.id: .*no blanks/);
  expect(problem({ scenarios: [{ ...smoke, build: 3 }] })).toBe(
    'scenarios[0].build: expected a function: build(plan) returns a workload',
  );
  expect(problem({ laws: [{ ...law, listen: undefined }] })).toMatch(/^laws\[0\]\.listen: expected a function/);
  expect(problem({ marks: [{ ...mark, rarity: 0 }] })).toMatch(/^marks\[0\]\.rarity: /);
  expect(problem({ parts: { stateBackend: {} } })).toContain('parts.stateBackend.create: expected a function');
  expect(problem({ parts: { backend: {} } })).toBe(
    'parts: there is no backend; there are barrierHandler, restartStrategy, stateBackend',
  );
  expect(problem({ reporters: [{ ...reporter, flag: 'My Report' }] })).toBe(
    'reporters[0].flag: expected one lower-case word',
  );
  expect(problem({ caseDirectory: 3 })).toBe('caseDirectory: expected the path of a directory');
});

it('names are given once, and ours are taken', () => {
  expect(problem({ scenarios: [smoke, smoke] })).toBe(
    'scenarios[1].id: smoke is that of scenarios[0], too; give each a name of its own',
  );
  expect(problem({ laws: [{ ...law, name: 'sinks' }] })).toBe(
    'laws[0].name: sinks is a built-in one; give yours another name',
  );
  expect(problem({ marks: [{ ...mark, name: 'backpressured' }] })).toMatch(
    /^marks\[0\]\.name: backpressured is a built-in/,
  );
  expect(problem({ reporters: [{ ...reporter, flag: 'json' }] })).toMatch(/^reporters\[0\]\.flag: json is a built-in/);
});
