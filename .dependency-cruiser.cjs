// Who may import whom (DESIGN.md, "The house"):  core <- sim <- properties <- scenarios <- cli;  reports and
// properties/model see types only. Tests (*.test.ts) stand beside what they test and may look further; nothing may
// import a test.

const TEST = '\\.test\\.ts$';
const MODEL = '^properties/model/';
const NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

/** `layer` imports none of `above`, not even a type. */
const oneWay = (layer, above) => ({
  name: `one-way-${layer}`,
  comment: `Imports run one way, core <- sim <- properties <- scenarios <- cli: ${layer} may not import ${above.join(', ')}.`,
  severity: 'error',
  from: { path: `^${layer}/`, pathNot: TEST },
  to: { path: `^(${above.join('|')})/` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    oneWay('core', ['sim', 'properties', 'scenarios', 'reports', 'cli', 'bench']),
    oneWay('sim', ['properties', 'scenarios', 'reports', 'cli', 'bench']),
    oneWay('properties', ['scenarios', 'reports', 'cli', 'bench']),
    oneWay('scenarios', ['reports', 'cli', 'bench']),
    oneWay('reports', ['scenarios', 'cli', 'bench']),
    oneWay('cli', ['bench']),
    {
      name: 'reports-read-result-types-only',
      comment:
        'reports turn an Outcome into text: they import types (import type), never code of the engine or the laws.',
      severity: 'error',
      from: { path: '^reports/', pathNot: TEST },
      to: { path: '^(core|sim|properties)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'model-stands-alone',
      comment:
        'The reference model imports itself and core/api types, nothing else: a shared helper would share its bug too.',
      severity: 'error',
      from: { path: MODEL, pathNot: TEST },
      to: { pathNot: [MODEL, '^core/api/'] },
    },
    {
      name: 'model-reads-api-types-only',
      comment: 'The reference model may import types of core/api (import type), never its code.',
      severity: 'error',
      from: { path: MODEL, pathNot: TEST },
      to: { path: '^core/api/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-platform-below-scenarios',
      comment: 'core, sim and properties run in a browser page too: platform code lives in cli/node.',
      severity: 'error',
      from: { path: '^(core|sim|properties)/', pathNot: TEST },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-is-pure',
      comment: 'core imports no npm package.',
      severity: 'error',
      from: { path: '^core/', pathNot: TEST },
      to: { dependencyTypes: NPM },
    },
    {
      name: 'no-test-is-imported',
      comment: 'A test file is an end point: move what others need into a file of its own.',
      severity: 'error',
      from: {},
      to: { path: `^(core|sim|properties|scenarios|reports|cli|bench)/.*${TEST}` },
    },
    {
      name: 'no-cycles',
      comment: 'No circular dependency among value imports; type-only imports may close a circle.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'Every import resolves to a file or an installed package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|cases-new)/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      conditionNames: ['import', 'types', 'node', 'default'],
      exportsFields: ['exports'],
    },
    builtInModules: { add: ['node:test', 'node:sqlite', 'node:sea'] },
  },
};
