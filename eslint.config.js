// Two things are enforced here: the one way out of design decision D1 (core and sim are deterministic and reach the
// world through ports only), and type safety without escape hatches. Layers are .dependency-cruiser.cjs's business.
// What is layout or taste is left alone.

import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript';
import tseslint from 'typescript-eslint';

const TESTS = ['**/*.test.ts'];

/** The only files of core that may write `as`: a branded value has to be made somewhere. Relax it here, nowhere else. */
const ASSERTIONS_ALLOWED_IN_CORE = ['core/**/brands.ts', 'core/**/bytes.ts'];

/** The files that put the traps on the globals for the length of a run, and therefore have to name them. */
const TRAP_FILES = ['sim/**/*traps.ts', 'properties/**/*traps.ts'];

/** What the package exports. */
const ENTRIES = ['index.ts', 'testing.ts', 'parts.ts', 'vitest.ts'];
const ENTRY_SYNTAX = [
  {
    selector: 'Program > :not(ExportAllDeclaration, ExportNamedDeclaration[declaration=null])',
    message: 'An entry of the package re-exports and does nothing else: importing it must run nothing.',
  },
];

// ---- D1: what is banned, and what to use instead -------------------------------------------------------------------

const CLOCK = 'Use the Clock port of core/ports.ts (now for the wall clock, monotonic for timeouts).';
const TIMER = 'Use a timer of the Clock port, or a coroutine of the Executor port (core/ports.ts).';
const COROUTINE = 'Write a generator coroutine and run it on the Executor port (core/ports.ts).';
const RANDOM = 'Use the Random port of core/ports.ts: every draw has a label.';
const TABLE = "Its last bits are the platform's: use integers or an integer table.";
const UNICODE = 'The result depends on the locale: compare code units with < and >.';
const PLATFORM = 'Platform code lives in cli/node; core reaches the world through core/ports.ts only.';

const asGlobals = (names, message) => names.map((name) => ({ name, message }));
const asMathProperties = (names, message) => names.map((property) => ({ object: 'Math', property, message }));

const ASYNC_GLOBALS = asGlobals(['Promise'], COROUTINE);

const GLOBALS = [
  ...asGlobals(['Date', 'Temporal', 'performance'], CLOCK),
  ...asGlobals(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'], TIMER),
  ...asGlobals(['clearTimeout', 'clearInterval', 'clearImmediate', 'AbortSignal'], TIMER),
  ...asGlobals(['crypto'], `${RANDOM} A checksum is a function of core, not of the platform.`),
  ...asGlobals(['Intl'], UNICODE),
  ...asGlobals(
    ['WeakRef', 'FinalizationRegistry'],
    'What it does depends on the garbage collector: end a lifetime by hand.',
  ),
  ...asGlobals(['console'], 'State a fact through the Probe port (core/ports.ts); reports/ prints.'),
  ...asGlobals(['fetch', 'WebSocket', 'MessageChannel', 'BroadcastChannel'], 'Use the Network port of core/ports.ts.'),
  ...asGlobals(['Buffer'], 'Use Uint8Array and DataView: the same code runs in a browser page.'),
  ...asGlobals(['process', 'require', 'Worker', 'SharedArrayBuffer', 'Atomics', 'navigator'], PLATFORM),
  ...asGlobals(['globalThis', 'global', 'window', 'self'], `${PLATFORM} Only ${TRAP_FILES.join(', ')} names globals.`),
];

const PROPERTIES = [
  ...asMathProperties(['random'], RANDOM),
  ...asMathProperties(['exp', 'expm1', 'pow', 'log', 'log1p', 'log2', 'log10', 'cbrt', 'hypot'], TABLE),
  ...asMathProperties(['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2'], TABLE),
  ...asMathProperties(['sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'], TABLE),
  ...['localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase'].map((property) => ({
    property,
    message: UNICODE,
  })),
  ...['toLocaleDateString', 'toLocaleTimeString'].map((property) => ({ property, message: CLOCK })),
];

const SYNTAX = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals: an enum is not erasable syntax.' },
];

const DETERMINISM_SYNTAX = [
  {
    selector: 'BinaryExpression[operator="**"]:not([left.type="Literal"][right.type="Literal"])',
    message: `** is Math.pow. ${TABLE}`,
  },
  { selector: 'AssignmentExpression[operator="**="]', message: `**= is Math.pow. ${TABLE}` },
  { selector: 'ForInStatement', message: 'A plain object is not a map (integer-like keys jump ahead): use Map.' },
  {
    selector: 'MemberExpression[property.name="stack"][object.name=/^(e|err|error|cause|reason|thrown)$/]',
    message: "Stack text is the platform's and must reach nothing that is hashed: use the error's name and message.",
  },
  { selector: 'ImportExpression', message: `A dynamic import is a promise. ${PLATFORM}` },
];

const LIVES_ON =
  'V8 keeps what it refers to alive until the next full collection: all of a dead simulation, which each scavenge then copies.';
/** Measured: 0.2 to 1.5 MB of each universe lived on, and scavenges took five times as long. */
const MEMORY_SYNTAX = [
  {
    selector: 'AssignmentExpression[left.type="MemberExpression"][right.type=/^(ArrowFunction|Function)Expression$/]',
    message: `A function that is assigned to a member is made in the old space. ${LIVES_ON} Write a field of the class, or a const first.`,
  },
  {
    selector: ':function ObjectExpression > Property[kind=/^(get|set)$/]',
    message: `An accessor of a literal is part of its hidden class. ${LIVES_ON} Write a class.`,
  },
  {
    selector: ':function :function[generator=true]:not(ClassBody > MethodDefinition > FunctionExpression)',
    message: `A generator function has a prototype and a hidden class of its own. ${LIVES_ON} Write a function of the module, or a method of a class.`,
  },
  {
    selector: ':function :matches(ClassDeclaration, ClassExpression)',
    message: `Each run would make its own class. ${LIVES_ON}`,
  },
];

const ONE_SHAPE_SYNTAX = [
  {
    selector: 'ObjectExpression > SpreadElement',
    message:
      'A spread copies field by field, and what it makes has as many hidden classes as what it copies: slow where control messages, ' +
      'barriers and snapshots are made. Write every field out, `undefined` where there is none; what is copied with a change in two ' +
      'places has one function for it.',
  },
];

/**
 * Exact, so that it takes types: `{ ...base, more }` where `base` has no field `more`. The V8 of Node 20 then makes another hidden
 * class each time: 3 us instead of 0.2, and whoever reads such an object finds nothing in a cache (a universe of the bench: 270 such
 * objects and 430 look-ups that the runtime had to do; without them a campaign takes 4 % less). Node 22 makes one.
 */
const freshShape = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      fresh:
        "'{{name}}' is new to what is spread before it: on Node 20 each such object has a hidden class of its own. Write the fields " +
        'out, or put the spread last.',
    },
  },
  create(context) {
    const { program, esTreeNodeToTSNodeMap } = context.sourceCode.parserServices;
    const checker = program.getTypeChecker();
    const fieldsOf = ({ argument }) => {
      const type = checker.getTypeAtLocation(esTreeNodeToTSNodeMap.get(argument));
      const parts = type.isUnion() ? type.types : [type];
      return parts.map((part) => checker.getPropertiesOfType(part));
    };
    const isOptional = ({ flags }) => (flags & ts.SymbolFlags.Optional) !== 0;
    return {
      ':function ObjectExpression[properties.0.type="SpreadElement"]'({ properties: [first, ...others] }) {
        const [some = [], ...rest] = fieldsOf(first);
        const known = new Set(some.filter((field) => !isOptional(field)).map(({ name }) => name));
        for (const fields of rest)
          for (const name of known) if (!fields.some((field) => field.name === name)) known.delete(name);
        for (const other of others) {
          const added =
            other.type === 'SpreadElement'
              ? fieldsOf(other).flatMap((fields) => fields.map(({ name }) => name))
              : [other.computed ? '[...]' : (other.key.name ?? String(other.key.value))];
          const name = added.find((field) => !known.has(field));
          if (name !== undefined) context.report({ node: other, messageId: 'fresh', data: { name } });
        }
      },
    };
  },
};

const ASYNC_SYNTAX = [
  { selector: ':function[async=true]', message: `No async function here. ${COROUTINE}` },
  { selector: 'AwaitExpression', message: `No await here. ${COROUTINE}` },
  { selector: 'ForOfStatement[await=true]', message: `No for await here. ${COROUTINE}` },
];

const MODULE_STATE = 'No mutable module state: two universes in one process must never see each other.';
const MODULE_STATE_SYNTAX = [
  { selector: 'Program > VariableDeclaration[kind=/^(let|var)$/]', message: MODULE_STATE },
  { selector: 'Program > ExportNamedDeclaration > VariableDeclaration[kind=/^(let|var)$/]', message: MODULE_STATE },
];

/** The bans as rules. ESLint replaces a rule's options in later blocks, so every scope is spelled out in full. */
const deterministic = ({ async, moduleState, inEachRun = false, oneShape = false }) => ({
  'no-restricted-globals': ['error', ...GLOBALS, ...(async ? [] : ASYNC_GLOBALS)],
  'no-restricted-properties': ['error', ...PROPERTIES],
  'no-restricted-syntax': [
    'error',
    ...SYNTAX,
    ...DETERMINISM_SYNTAX,
    ...(inEachRun ? MEMORY_SYNTAX : []),
    ...(oneShape ? ONE_SHAPE_SYNTAX : []),
    ...(async ? [] : ASYNC_SYNTAX),
    ...(moduleState ? [] : MODULE_STATE_SYNTAX),
  ],
});

// ---- the configuration ---------------------------------------------------------------------------------------------

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'node_modules/', 'cases-new/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  js.configs.recommended,
  { rules: { eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error', 'require-yield': 'off' } },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', module: 'writable', URL: 'readonly' },
    },
  },

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-restricted-syntax': ['error', ...SYNTAX],

      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/require-array-sort-compare': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNever: true },
      ],

      // Noise in a code base of generators, type-level registries and protocol classes.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },

  {
    files: ['core/**/*.ts', 'sim/**/*.ts', 'properties/**/*.ts'],
    ignores: TESTS,
    rules: deterministic({ async: false, moduleState: false }),
  },
  {
    files: ['core/**/*.ts', 'sim/**/*.ts', 'properties/{laws,marks,model,run,witness}/**/*.ts'],
    ignores: TESTS,
    rules: deterministic({ async: false, moduleState: false, inEachRun: true }),
  },
  {
    files: ['core/**/*.ts', 'sim/**/*.ts', 'properties/{laws,marks,model,run,witness}/**/*.ts'],
    ignores: [...TESTS, '**/testing/**'],
    plugins: { shapes: { rules: { fresh: freshShape } } },
    rules: { 'shapes/fresh': 'error' },
  },
  {
    files: ['core/{task,checkpoint,cluster}/**/*.ts'],
    ignores: [...TESTS, '**/testing/**'],
    rules: deterministic({ async: false, moduleState: false, inEachRun: true, oneShape: true }),
  },
  {
    files: ['core/**/*.test.ts', 'sim/**/*.test.ts'],
    rules: deterministic({ async: false, moduleState: true }),
  },
  {
    files: ['properties/campaign/**/*.ts'],
    ignores: TESTS,
    rules: deterministic({ async: true, moduleState: false }),
  },
  {
    files: ENTRIES,
    rules: { 'no-restricted-syntax': ['error', ...SYNTAX, ...ENTRY_SYNTAX] },
  },
  {
    files: [...TRAP_FILES, 'sim/**/*traps.test.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off' },
  },

  {
    files: ['core/**/*.ts'],
    ignores: [...TESTS, ...ASSERTIONS_ALLOWED_IN_CORE],
    rules: { '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }] },
  },
  {
    files: [...TESTS, 'bench/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
