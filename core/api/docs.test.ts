import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const FILES = [
  ...[
    'functions',
    'join-functions',
    'operator-states',
    'states',
    'aggregation',
    'types',
    'windows',
    'watermarks',
    'spec',
  ].map((name) => `job/${name}`),
  ...['connector', 'source', 'list-enumerator', 'sink'].map((name) => `connectors/${name}`),
  ...['log/log-source', 'log/log-sink', 'log/at-least-once-sink', 'file/file-source'].map(
    (name) => `connectors/${name}`,
  ),
  ...['job', 'streams', 'join-settings', 'broadcast-stream', 'operator', 'recorder'].map((name) => `api/${name}`),
].map((name) => join(root, `core/${name}.ts`));

const docsOf = (node: ts.Node): readonly ts.JSDoc[] => ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** Exported declarations, and the members of exported interfaces and classes that others can see. */
function* publicNodes(source: ts.SourceFile): Generator<{ readonly name: string; readonly node: ts.Node }> {
  const overloaded = new Set<string>();
  for (const statement of source.statements) {
    if (!isExported(statement)) continue;
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations)
        yield { name: name.getText(source), node: statement };
    } else if (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) {
      const owner = statement.name?.text ?? '';
      yield { name: owner, node: statement };
      if (ts.getJSDocTags(statement).some(({ tagName }) => tagName.text === 'internal')) continue;
      for (const member of statement.members) {
        const hidden = ts.canHaveModifiers(member)
          ? (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ProtectedKeyword)
          : false;
        const text = ts.isConstructorDeclaration(member) ? 'constructor' : (member.name?.getText(source) ?? '');
        const name = `${owner}.${text}`;
        // The first overload carries the comment of all.
        if (hidden || text.startsWith('#') || overloaded.has(name)) continue;
        if (ts.isMethodSignature(member) || ts.isMethodDeclaration(member)) overloaded.add(name);
        yield { name, node: member };
      }
    } else if (ts.isFunctionDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      yield { name: statement.name?.text ?? '', node: statement };
    }
  }
}

it('every exported declaration of core/api, core/job and the connectors has a comment, and so has each of its members', () => {
  const without: string[] = [];
  for (const file of FILES) {
    expect(existsSync(file), file).toBe(true);
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true);
    for (const { name, node } of publicNodes(source)) {
      if (docsOf(node).length === 0) without.push(`${file.slice(root.length + 1)}: ${name}`);
    }
  }
  expect(without).toEqual([]);
});

/** The code of each example, by where it stands. */
function examples(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of FILES) {
    for (const match of readFileSync(file, 'utf8').matchAll(/\* @example\n\s*\* ```ts\n([\s\S]*?)\* ```/g)) {
      const code = (match[1] ?? '').replace(/^\s*\* ?/gm, '');
      found.set(`${file.slice(root.length + 1)}, example ${found.size + 1}`, code);
    }
  }
  return found;
}

it('every example compiles under the strictest flags, with nothing imported but the API', { timeout: 120_000 }, () => {
  const all = examples();
  expect(all.size).toBeGreaterThanOrEqual(10);
  const api = Object.keys(apiNames()).join(', ');
  const virtual = new Map<string, string>();
  for (const [place, code] of all) {
    const name = join(root, `core/api/example-${virtual.size}.ts`);
    virtual.set(name, `// ${place}\nimport { ${api} } from './index.ts';\n${code}\nexport {};\n`);
  }
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8')) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const settings = { ...options, noUnusedLocals: false, types: [] };
  const host = ts.createCompilerHost(settings);
  const program = ts.createProgram([...virtual.keys()], settings, {
    ...host,
    fileExists: (path) => virtual.has(path) || host.fileExists(path),
    readFile: (path) => virtual.get(path) ?? host.readFile(path),
    getSourceFile: (path, language) => {
      const text = virtual.get(path);
      return text === undefined ? host.getSourceFile(path, language) : ts.createSourceFile(path, text, language, true);
    },
  });
  const wrong = [...virtual.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    const diagnostics = source === undefined ? [] : program.getSemanticDiagnostics(source);
    return diagnostics.map(
      ({ messageText }) =>
        `${virtual.get(name)?.split('\n')[0] ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
  expect(wrong).toEqual([]);
});

/** What a job author can import. */
function apiNames(): Readonly<Record<string, true>> {
  const index = join(root, 'core/api/index.ts');
  const program = ts.createProgram([index], {
    allowImportingTsExtensions: true,
    noEmit: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: [],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(index);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  const names = module === undefined ? [] : checker.getExportsOfModule(module);
  return Object.fromEntries(names.map((symbol) => [`${isType(symbol, checker) ? 'type ' : ''}${symbol.name}`, true]));
}
function isType(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  const target = (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
  return (target.flags & ts.SymbolFlags.Value) === 0;
}
