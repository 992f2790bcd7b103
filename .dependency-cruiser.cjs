// Who may import whom (DESIGN.md, "The house"):  core <- sim <- properties <- scenarios <- cli;  reports and
// properties/model see types only. The entries of the package (index.ts, testing.ts, parts.ts, vitest.ts) stand above all. Tests (*.test.ts) stand beside what they test and may look further; nothing may
// import a test.

const TEST = '\\.test\\.ts$';
const MODEL = '^properties/model/';
/** Helpers of tests, and the comparison with Flink, which is nothing but tests: they may look further. */
// Scripted tests are helpers, too: the package hands them to its users, through testing.ts.
const TESTING = '/testing/|^properties/(conformance|scripted)/';
const NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

/** `layer` imports none of `above`, not even a type. */
const oneWay = (layer, above) => ({
  name: `one-way-${layer}`,
  comment: `Imports run one way, core <- sim <- properties <- scenarios <- cli: ${layer} may not import ${above.join(', ')}.`,
  severity: 'error',
  from: { path: `^${layer}/`, pathNot: TEST },
  to: { path: `^(${above.join('|')})/` },
});

/**
 * The folders of a layer, lowest first: each imports only what stands before it, not even a type of what stands behind it.
 * So no two of them import each other, and there is no circle among folders. A name that ends in `.ts` is a file of the
 * layer's own folder; any other one is a folder without its subfolders, which stand in the list by themselves.
 */
const ORDER = {
  core: [
    'version.ts',
    'errors.ts',
    'job-fault.ts',
    'waiting.ts',
    'job',
    'defined-at.ts',
    'origin.ts',
    'config.ts',
    'barrier-options.ts',
    'facts.ts',
    'ports.ts',
    'restart-strategy.ts',
    'values',
    'turn-bounds.ts',
    'user-code.ts',
    'graph',
    'time',
    'channels',
    'state',
    'state/heap',
    'state/lsm',
    'state/kinds',
    'state/operator',
    'connectors',
    'connectors/log',
    'connectors/file',
    'connectors/upsert',
    'batch',
    'operators',
    'operators/async',
    'operators/windows',
    'operators/heads',
    'checkpoint/barriers',
    'checkpoint/storage',
    'checkpoint/snapshot',
    'checkpoint/restore',
    'checkpoint/local',
    'messages.ts',
    'checkpoint/coordinator',
    'parts.ts',
    'task',
    'cluster',
    'api',
  ],
  sim: [
    'contract.ts',
    'locale-traps.ts',
    'traps.ts',
    'kernel',
    'services',
    'faults/vocabulary',
    'faults',
    'world-config.ts',
    'universe.ts',
  ],
  properties: [
    'model',
    'evidence.ts',
    'outcome.ts',
    'plan',
    'world.ts',
    'witness',
    'laws',
    'marks',
    'run',
    'scripted',
    'contracts',
    'relations',
    'shrink',
    'case',
    'campaign',
    'check',
  ],
};

const unitPattern = (layer, unit) => `^${layer}/${unit.endsWith('.ts') ? unit.replace('.', '[.]') : `${unit}/[^/]+`}$`;

/** One rule a folder, and one for what stands in no list: it would be bound by none. */
const foldersInOrder = (layer) => [
  ...ORDER[layer].slice(0, -1).map((unit, at) => ({
    name: `no-folder-cycles-${layer}-${unit.replace(/[./]/g, '-')}`,
    comment: `The folders of ${layer} have an order (ORDER in .dependency-cruiser.cjs): ${unit} imports nothing that stands behind it.`,
    severity: 'error',
    from: { path: unitPattern(layer, unit), pathNot: [TEST, TESTING] },
    to: { path: ORDER[layer].slice(at + 1).map((higher) => unitPattern(layer, higher)) },
  })),
  {
    name: `no-folder-cycles-${layer}-listed`,
    comment: `Every file of ${layer} has a place in ORDER (.dependency-cruiser.cjs): put a new folder into the list.`,
    severity: 'error',
    from: { path: `^${layer}/`, pathNot: [TEST, TESTING, ...ORDER[layer].map((unit) => unitPattern(layer, unit))] },
    to: {},
  },
  {
    name: `no-testing-${layer}`,
    comment: 'Helpers of tests (folders named testing) are imported by tests and by each other only.',
    severity: 'error',
    from: { path: `^${layer}/`, pathNot: [TEST, TESTING] },
    to: { path: TESTING },
  },
];

/** What the package exports; each re-exports and does nothing else. Users, examples and tests import them. */
const ENTRIES = '^(index|testing|parts|vitest)[.]ts$';
/** The folders that an entry may name. Scenarios of ours, reports and the benchmarks are nothing to import. */
const BELOW_ENTRY = {
  index: '^core/api/index[.]ts$',
  testing: '^(core|properties|reports|cli)/',
  parts: '^(core|sim|properties)/',
  vitest: '^(testing[.]ts$|properties/|cli/)',
};

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    oneWay('core', ['sim', 'properties', 'scenarios', 'reports', 'cli', 'bench']),
    oneWay('sim', ['properties', 'scenarios', 'reports', 'cli', 'bench']),
    oneWay('properties', ['scenarios', 'reports', 'cli', 'bench']),
    oneWay('scenarios', ['reports', 'cli', 'bench']),
    oneWay('reports', ['scenarios', 'cli', 'bench']),
    oneWay('cli', ['bench']),
    ...Object.keys(ORDER).flatMap(foldersInOrder),
    ...Object.entries(BELOW_ENTRY).map(([entry, below]) => ({
      name: `entry-${entry}`,
      comment: `The entry ${entry}.ts re-exports from ${below} only (BELOW_ENTRY in .dependency-cruiser.cjs).`,
      severity: 'error',
      from: { path: `^${entry}[.]ts$` },
      to: { pathNot: below },
    })),
    {
      name: 'entries-stand-above',
      comment: 'The code knows nothing of how it is exported: import the file itself, not an entry of the package.',
      severity: 'error',
      from: { path: '^(core|sim|properties|scenarios|reports|cli|bench)/', pathNot: TEST },
      to: { path: ENTRIES },
    },
    {
      name: 'reports-read-result-types-only',
      comment:
        'reports turn an Outcome into text: they import types (import type), never code of the engine or the laws. The words of a fault stand in its file, and one way to write a word for a shell is enough.',
      severity: 'error',
      from: { path: '^reports/', pathNot: TEST },
      to: {
        path: '^(core|sim|properties)/',
        pathNot: '^(sim/faults/|properties/shell-word\\.ts$)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'model-stands-alone',
      comment:
        'The reference model imports itself and types of core/job, nothing else: a shared helper would share its bug too.',
      severity: 'error',
      from: { path: MODEL, pathNot: TEST },
      to: { pathNot: [MODEL, '^core/job/'] },
    },
    {
      name: 'model-reads-job-types-only',
      comment: 'The reference model may import types of core/job (import type), never its code.',
      severity: 'error',
      from: { path: MODEL, pathNot: TEST },
      to: { path: '^core/job/', dependencyTypesNot: ['type-only'] },
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
      comment: 'No circle of files, type-only imports included.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'examples-use-the-package',
      comment: 'An example imports the package by its name, as a user does, and nothing of its inside.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(core|sim|properties|scenarios|reports|cli|bench)/' },
    },
    {
      name: 'resolvable',
      comment:
        'Every import resolves to a file or an installed package. (What the examples call millrace, tsconfig.json resolves.)',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^millrace(/|$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|cases-new)/' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      conditionNames: ['import', 'types', 'node', 'default'],
      exportsFields: ['exports'],
    },
    builtInModules: { add: ['node:test', 'node:sqlite', 'node:sea'] },
  },
};
