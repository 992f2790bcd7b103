import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../core/version.ts';
import { LAWS } from '../../properties/laws/index.ts';
import { zooEntries } from '../../scenarios/zoo/index.ts';
import { Project } from './testing/packed.ts';

const project = new Project();
for (const name of ['fast-check', 'vitest']) project.link(name);
afterAll(() => project.remove());

const ENTRIES = ['millrace', 'millrace/testing', 'millrace/parts', 'millrace/vitest'];
const JOB = `
const event = record({ key: string, n: int32 });
const job = defineJob('kept', (env) => {
  env.fromSource(logSource({ topic: 'in', type: event, bounded: true }),
      { uid: 'in', watermarks: noWatermarks({ timestamp: (e) => e.n }) })
    .filter((e) => e.n > 0).uid('positive')
    .sinkTo(logSink({ topic: 'out', type: event })).uid('out');
});
`;
const API = 'defineJob, int32, JobError, logSink, logSource, noWatermarks, record, string';

/** A project's default: strict, and nothing but the language. */
const NODENEXT: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  skipLibCheck: false,
  types: [],
  noEmit: true,
};

function mistakes(files: readonly string[], options: ts.CompilerOptions): readonly string[] {
  return ts.getPreEmitDiagnostics(ts.createProgram(files, options)).map(({ file, start = 0, messageText }) => {
    const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
    return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

const [, code = '', report = ''] =
  /## Your own job[\s\S]*?```ts\n([\s\S]*?)```\n\n```\n([\s\S]*?)```/.exec(project.read('README.md')) ?? [];

/** What documents show and what `init` writes. */
function examples(): readonly string[] {
  expect(project.in('init').millrace('init').status).toBe(0);
  const files = ['millrace.config.mjs', 'millrace-example.mjs'].map((name) => project.path(`init/${name}`));
  files.push(project.write('readme/visitors.mjs', code));
  for (const file of ['node/check/check', 'node/check/define-scenario', 'config']) {
    const text = project.read(`dist/types/cli/${file}.d.ts`);
    const [, example = ''] = /\* @example\n\s*\* ```ts\n([\s\S]*?)\* ```/.exec(text) ?? [];
    expect(example).not.toBe('');
    const imports = `
      import fc from 'fast-check';
      import { int64, type TypeOf, valueState, ${API} } from 'millrace';
      import { defaultParts } from 'millrace/parts';
      import { check, defineConfig, defineScenario } from 'millrace/testing';`;
    files.push(project.write(`readme/example-${files.length}.ts`, imports + example.replace(/^\s*\* ?/gm, '')));
  }
  return files;
}

describe('what is packed', () => {
  it('is code and declarations, no sources, and nothing of the repository alone', () => {
    const files = project.files();
    expect(files).toEqual(
      expect.arrayContaining(['dist/millrace.mjs', 'dist/index.js', 'dist/types/vitest.d.ts', 'README.md', 'LICENSE']),
    );
    const expected =
      /^dist\/([\w-]+\.js|code\.cjs|millrace\.mjs|THIRD-PARTY-LICENSES\.txt|types\/.*\.d\.ts)$|^scenarios\/data\/|^[A-Z]+(\.md)?$|^package\.json$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    const code = files.filter((file) => /\.[cm]?js$/.test(file)).map((file) => project.read(file));
    const [planted] = zooEntries;
    expect(code.filter((text) => text.includes(planted?.id ?? '') || /from ['"](esbuild|tsx)/.test(text))).toEqual([]);
  });

  it('installs nothing by itself, and asks for nothing but its peers', () => {
    const manifest = JSON.parse(project.read('package.json')) as Record<string, Record<string, string> | undefined>;
    expect(manifest['dependencies']).toBeUndefined();
    expect(manifest['peerDependencies']).toEqual({ 'fast-check': '^4.0.0', vitest: '^4.1.0 || ^5.0.0' });
    const scripts = Object.keys(manifest['scripts'] ?? {});
    expect(scripts.filter((name) => /^(pre|post)?install$|^(pre|post)?prepare$/.test(name))).toEqual([]);
  });

  it('names the packages that are bundled, with their licences', () => {
    const text = project.read('dist/THIRD-PARTY-LICENSES.txt');
    for (const name of ['commander', 'seedrandom', 'zod']) expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(text).not.toContain('fast-check');
  });
});

describe('in use', () => {
  it('an import prints nothing, starts nothing, and every entry can be imported', () => {
    const script = ENTRIES.map((entry) => `import '${entry}';`).join('\n');
    expect(project.node('--input-type=module', '--eval', script)).toEqual({ status: 0, out: '', err: '' });
  });

  it('all entries and the command share one engine', () => {
    const script = `
      import { ${API} } from 'millrace';
      import * as parts from 'millrace/parts';
      import { run, expand, topicsOf } from 'millrace/testing';
      ${JOB}
      const scenario = { id: 'kept', states: '', parameters: [], recordArbitrary: () => undefined,
        generate: (seed, count) => ({ in: [Array.from({ length: count }, (_, n) => ({ key: 'k', n }))] }),
        build: (plan) => ({ job, topics: topicsOf(scenario, plan), confluent: true }) };
      console.log(parts.JobError === JobError);
      try { defineJob('', () => undefined); } catch (error) { console.log(error instanceof parts.JobError); }
      const { verdict, counters } = run(scenario, expand(scenario, 'one'));
      console.log(verdict, counters.sourceRecords > 0);`;
    expect(project.node('--input-type=module', '--eval', script)).toEqual({
      status: 0,
      out: 'true\ntrue\npass true\n',
      err: '',
    });
  });

  it('a job of another copy is refused by name, with what to do', () => {
    project.install('other');
    project.write('other/job.js', `import { ${API} } from 'millrace';\n${JOB}\nexport { job };\n`);
    const script = `
      import { job } from './other/job.js';
      import { run, expand } from 'millrace/testing';
      const scenario = { id: 'kept', states: '', parameters: [], generate: () => ({ in: [[]] }),
        build: () => ({ job, topics: { in: [[]] }, confluent: true }) };
      try { run(scenario, expand(scenario, 'one')); } catch (error) { console.log(error.name + ': ' + error.message); }`;
    const { out } = project.node('--input-type=module', '--eval', script);
    expect(out).toMatch(
      /^ForeignJob: job "kept" was made by millrace \S+ \(file:.*\/other\/node_modules\/millrace\/.*npm ls millrace/,
    );
  });

  it('the command runs, its own data included, and in workers', () => {
    expect(project.millrace('--version')).toEqual({ status: 0, out: `${VERSION}\n`, err: '' });
    const { status, out } = project.millrace(
      'run',
      'earthquakes/exact',
      '--runs',
      '1',
      '--workers',
      '1',
      '--seed',
      'x',
    );
    expect(out).toMatch(/^HELD {2}every law, in 1 run/);
    expect(status).toBe(0);
    expect(project.millrace('zoo')).toMatchObject({
      status: 2,
      err: expect.stringContaining("unknown command 'zoo'") as string,
    });
  });
});

describe('many machines', () => {
  it('four processes share a campaign: what they have done is the campaign, to its digest', async () => {
    const campaign = ['run', 'nexmark/q0', '--runs', '64', '--seed', 'shared', '--workers', '0'];
    const pods = Array.from({ length: 4 }, (_, index) => ({
      JOB_COMPLETION_INDEX: String(index),
      JOB_COMPLETIONS: '4',
    }));
    const shared = [...campaign, '--shard', 'ci', '--reporter', 'blob', '--blob-dir', 'blobs'];
    expect(await project.together('shards', shared, pods)).toEqual([0, 0, 0, 0]);
    const machine = project.in('shards');
    expect(machine.millrace('merge', 'blobs', '--json', 'merged.json').status).toBe(0);
    expect(machine.millrace(...campaign, '--json', 'whole.json').status).toBe(0);
    const of = (name: string): unknown => {
      const { digest, runs, events } = JSON.parse(project.file(`shards/${name}`)) as Record<string, unknown>;
      return { digest, runs, events };
    };
    expect(of('merged.json')).toEqual(of('whole.json'));
    expect(of('whole.json')).toMatchObject({ runs: 64, digest: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
  }, 120_000);
});

describe('a configuration', () => {
  const SCENARIO = `
    import { ${API} } from 'millrace';
    import { defineConfig, topicsOf } from 'millrace/testing';
    import fc from 'fast-check';
    ${JOB}
    const scenario = { id: 'kept', states: 'Keeps what is positive.', parameters: [],
      recordArbitrary: () => fc.record({ key: fc.constant('k'), n: fc.nat() }),
      generate: (_seed, count) => ({ in: [Array.from({ length: count }, (_, n) => ({ key: 'k', n }))] }),
      build: (plan) => ({ job, topics: topicsOf(scenario, plan), confluent: true }) };
    const html = { flag: 'html', describes: 'A page.', render: ({ summary }) => '<b>' + summary.runs + '</b>' };`;

  it('is found and loaded by the command and by its workers', () => {
    project.write(
      'millrace.config.mjs',
      `${SCENARIO}\nexport default defineConfig({ scenarios: [scenario], reporters: [html] });`,
    );
    expect(project.millrace('list')).toEqual({
      status: 0,
      out: 'scenarios\n  kept  Keeps what is positive.\n',
      err: '',
    });
    expect(project.millrace('list', '--no-config').out).toContain('nexmark/q7');
    const flags = ['--runs', '3', '--workers', '1', '--seed', 'x', '--report', 'html=out/page.html'];
    const { status, out } = project.millrace('run', ...flags);
    expect(out).toMatch(/^HELD {2}every law, in 3 runs\n.*\n {2}scenarios +kept 3$/m);
    expect(status).toBe(0);
    expect(project.file('out/page.html')).toBe('<b>3</b>');
    expect(project.millrace('run', '--report', 'pdf=x')).toEqual({
      status: 2,
      out: '',
      err: 'millrace: --report pdf=x: expected a reporter, =, and a file; there are json, junit, html\n',
    });
  });

  it('is what init writes, together with a test, and both find nothing', () => {
    const { status, out } = project.in('begun').millrace('init');
    expect([status, out]).toEqual([0, expect.stringMatching(/^wrote millrace\.config\.mjs, millrace-example\.mjs, /)]);
    const test = project.file('begun/millrace-example.test.mjs');
    // As many runs as its own time limit allows would take seconds, and be few on a machine that is busy.
    const limited = '{ input, output, runs: 25, timeLimitMs: 60_000, seed: 1 }';
    project.write('begun/millrace-example.test.mjs', test.replace('{ input, output }', limited));
    expect(project.in('begun').node('--test')).toMatchObject({ status: 0 });
    const ran = project.in('begun').millrace('run', '--runs', '3', '--workers', '0', '--seed', 'x');
    expect(ran).toMatchObject({ status: 0, out: expect.stringMatching(/scenarios +totals 3/) as string });
  });

  it('may bring a law, whose failure is shrunk, kept, and replayed by the line that is printed', () => {
    const law = `{ name: 'few', states: 'Few records come out.', anomalies: ['many'], listen: (world) => {
      let n = 0;
      return { probe: { sinkWritten: () => {
        n += 1;
        if (n === 3) world.violated({ law: 'few', anomaly: 'many', place: 'out', message: 'three records', evidence: [] });
      } } };
    } }`;
    project.write('strict.mjs', `${SCENARIO}\nexport default defineConfig({ scenarios: [scenario], laws: [${law}] });`);
    const { status, out } = project.millrace(
      'run',
      '--config',
      'strict.mjs',
      '--runs',
      '1',
      '--workers',
      '0',
      '--seed',
      'x',
    );
    expect(out).toMatch(/^FALSIFIED {2}kept {3}law: few {3}signature: few\/many\/out/);
    expect(status).toBe(1);
    const line = /npx millrace (replay millrace-cases\/kept-\w+\.json --config strict\.mjs)/.exec(out)?.[1] ?? '';
    expect(project.millrace(...line.split(' '))).toMatchObject({
      status: 1,
      out: expect.stringMatching(/^REPRODUCED {2}the same run/) as string,
    });
  });

  it("in TypeScript is loaded by the project's own tsx, into the same engine, else refused with the remedy", () => {
    const text = `${SCENARIO}\nconst laws: readonly never[] = [];\nexport default defineConfig({ scenarios: [scenario], laws });`;
    project.write('typed/millrace.config.ts', text);
    const run = () =>
      project.millrace('run', '--config', 'typed/millrace.config.ts', '--runs', '1', '--workers', '0', '--seed', 'x');
    if (Reflect.get(process.features, 'typescript') === undefined) {
      const { status, err } = run();
      expect(err).toMatch(
        /typed\/millrace\.config\.ts is TypeScript, which node \S+ cannot load by itself: install tsx/,
      );
      expect(status).toBe(2);
    }
    project.link('tsx', 'typed');
    expect(run()).toMatchObject({ status: 0, out: expect.stringMatching(/^HELD {2}every law, in 1 run/m) as string });
  });
});

describe('the README', () => {
  it('the first example of the README finds the fault as it says, in ten lines', () => {
    expect(code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10);
    project.write('visitors.mjs', code);
    const { status, err } = project.node('visitors.mjs');
    expect(status).toBe(1);
    const [shown = 'no report', law = ''] = /FALSIFIED .*signature: (\S+)/.exec(report) ?? [];
    // The law that the README names may not have been written yet: then it is found by another one.
    const isKnown = LAWS.some(({ name, anomalies }) =>
      anomalies.some((anomaly) => law.startsWith(`${name}/${anomaly}/`)),
    );
    expect(err).toContain(isKnown ? shown : 'FALSIFIED  visitors   law: ');
    expect(err).toMatch(/reproduce {3}MILLRACE_CASE=\S+ node visitors\.mjs/);
  });
});

describe('types', () => {
  const CONSUMER = `
    import { ${API}, type JobSpec, type Source } from 'millrace';
    import { run, expand, type Scenario } from 'millrace/testing';
    import { defaultParts, stateBackendContract, type Parts, type StateBackend } from 'millrace/parts';
    import { check, type CheckResult, defineConfig, defineScenario } from 'millrace/testing';
    import fc from 'fast-check';
    ${JOB}
    export const spec: JobSpec = job;
    export const source: Source<{ readonly key: string; readonly n: number }> = logSource({ topic: 'in', type: event, bounded: true });
    export const backend: StateBackend = defaultParts.stateBackend;
    export const parts: Partial<Parts> = { stateBackend: backend };
    for (const { name, check } of stateBackendContract(backend)) { const text: string = name; void text; check(); }
    export const verdictOf = (scenario: Scenario): 'pass' | 'fail' | 'refused' | 'inconclusive' => run(scenario, expand(scenario, 's')).verdict;
    export const result: CheckResult = check(job, {
      input: { in: fc.record({ key: fc.string(), n: fc.nat() }) },
      output: (input) => ({ out: input.in.filter(({ n }) => n > 0) }),
    });
    export const config = defineConfig({ scenarios: [defineScenario(job, { input: { in: [] } })] });
    // @ts-expect-error The types are there, and they are no \`any\`.
    defineJob(3, () => undefined);
    // @ts-expect-error A record has no such field.
    logSource({ topic: 'in', type: event, bounded: true }) satisfies Source<{ readonly other: string }>;
  `;
  /** Resolution and strictness have nothing to do with each other: each value of either comes up. */
  const PROJECTS = [
    ['node16', ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16, false],
    ['nodenext', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext, true],
    ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler, false],
  ] as const;

  it.each(PROJECTS)('hold in a project with module resolution %s, libraries checked', (name, ...settings) => {
    const [module, moduleResolution, exactOptionalPropertyTypes] = settings;
    const files = [project.write(`${name}.ts`, CONSUMER), ...(name === 'nodenext' ? examples() : [])];
    const scripts = { allowJs: true, checkJs: true };
    const options = { ...NODENEXT, ...scripts, module, moduleResolution, exactOptionalPropertyTypes };
    expect(mistakes(files, options)).toEqual([]);
  });

  it('hold for the matcher of vitest', () => {
    const text = `
      import { expect } from 'vitest';
      import 'millrace/vitest';
      import { ${API} } from 'millrace';
      ${JOB}
      expect(job).toBeExactlyOnce({ input: { in: [{ key: 'a', n: 1 }] } });
      // @ts-expect-error It needs an input.
      expect(job).toBeExactlyOnce({});`;
    const files = [project.write('matcher.ts', text)];
    // The declarations of vitest itself need those of vite, node and the page.
    expect(mistakes(files, { ...NODENEXT, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], skipLibCheck: true })).toEqual([]);
  });
});

/** The modules of the script, by name. */
function modulesOf(script: string): ReadonlyMap<string, string> {
  const [, ...parts] = script.split(/^"([^"\n]+)"\(\$millrace\) \{$/m);
  return new Map(parts.flatMap((name, at) => (at % 2 === 0 ? [[name, parts[at + 1] ?? '']] : [])));
}

/** What is run at once with a module of the script: sources and packages, as the bundler marks them. */
function loadedWith(modules: ReadonlyMap<string, string>, name: string, seen = new Set<string>()): string {
  if (seen.has(name)) return '';
  seen.add(name);
  const text = modules.get(name) ?? '';
  const below = [...text.matchAll(/\$millrace\.take\("([^"]+)"\)/g)].map(([, other = '']) => other);
  return [text, ...below.map((other) => loadedWith(modules, other, seen))].join('\n');
}

it('a command loads what it needs: for its version or help no engine, and for a campaign no zod; what imports fast-check is never in the script', () => {
  const modules = modulesOf(project.read('dist/code.cjs'));
  const start = loadedWith(modules, 'cli.js');
  expect(start).toContain('// cli/program.ts');
  for (const part of ['core/task/', 'sim/universe.ts', 'properties/laws/', 'scenarios/jobs/', 'cli/commands/run.ts'])
    expect(start).not.toContain(`// ${part}`);
  const [commands = '', running = ''] = ['commands', 'running'].map((name) => {
    const module = [...modules.keys()].find((one) => one.startsWith(`${name}-`)) ?? '';
    return loadedWith(modules, module);
  });
  expect(commands).toContain('// cli/commands/run.ts');
  expect(running).toContain('// scenarios/jobs/smoke.ts');
  for (const loaded of [start, commands, running])
    expect(loaded).not.toMatch(/^\/\/ .*node_modules\/(?:zod|junit-report-builder)\//m);
});
