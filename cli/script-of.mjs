// Makes modules that esbuild has written into one script, which `cli/node/code.ts` loads: an object with a function for each module.
//
//   import { a as b } from './chunk-1.js'   const { a: b } = $.take('chunk-1.js')
//   import { join } from 'node:path'        const { join } = $.builtin('node:path')
//   import('./chunk-2.js')                  $.later('chunk-2.js')
//   import(url)                             $.outside(url)
//   import.meta                             $.meta
//   export { c as d }                       return { d: c }
//
// Exports are values, not bindings: no module of ours assigns to a variable of its own later (lint), and no two import each other (`npm run imports`).
// A module that imports what is not bundled stays one, and so does whatever imports it: a script could not get the
// user's copy of a package.

import ts from 'typescript';

/** What the modules of a script are given. */
const GIVEN = '$millrace';

/**
 * @param {ReadonlyMap<string, string>} modules their text, by file name
 * @returns {string} ASCII
 */
export function scriptOf(modules) {
  const functions = [...modules].map(
    ([name, text]) => `${JSON.stringify(name)}(${GIVEN}) {\n${bodyOf(name, text, modules)}}`,
  );
  const script = `'use strict';\n({\n${functions.join(',\n')}\n});\n`;
  // Esbuild has done so already, but for comments.
  return script.replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function bodyOf(name, text, modules) {
  if (text.includes(GIVEN)) throw new Error(`${name} has a name that the script needs: ${GIVEN}`);
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const edits = [];
  const replace = (node, by) => edits.push({ from: node.getStart(file), to: node.end, by });
  const exported = [];
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) replace(statement, importOf(statement, modules));
    else if (ts.isExportAssignment(statement)) {
      replace(statement, `const ${GIVEN}Default = ${statement.expression.getText(file)};`);
      exported.push(`default: ${GIVEN}Default`);
    } else if (ts.isExportDeclaration(statement)) {
      exported.push(...exportsOf(statement));
      replace(statement, '');
    } else if (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(isExport)) throw unknown(statement);
  }
  const visit = (node) => {
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) replace(node, `${GIVEN}.meta`);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [what] = node.arguments;
      const name = ts.isStringLiteral(what) ? moduleOf(what.text) : '';
      if (modules.has(name)) replace(node, `${GIVEN}.later(${JSON.stringify(name)})`);
      else replace(node.expression, `${GIVEN}.outside`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return `${edited(text, edits)}return { ${exported.join(', ')} };\n`;
}

function importOf(statement, modules) {
  const from = statement.moduleSpecifier.text;
  const value = modules.has(moduleOf(from))
    ? `${GIVEN}.take(${JSON.stringify(moduleOf(from))})`
    : `${GIVEN}.builtin(${JSON.stringify(from)})`;
  const { name, namedBindings } = statement.importClause ?? {};
  const names = [];
  // What a module of node exports by default is the module.
  if (name !== undefined) names.push(modules.has(moduleOf(from)) ? `{ default: ${name.text} }` : name.text);
  if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)) names.push(namedBindings.name.text);
  else if (namedBindings !== undefined) {
    const fields = namedBindings.elements.map(({ propertyName, name: local }) =>
      propertyName === undefined ? local.text : `${propertyName.text}: ${local.text}`,
    );
    names.push(`{ ${fields.join(', ')} }`);
  }
  return names.length === 0 ? `${value};` : `const ${names.map((each) => `${each} = ${value}`).join(', ')};`;
}

function exportsOf(statement) {
  if (statement.moduleSpecifier !== undefined || !ts.isNamedExports(statement.exportClause)) throw unknown(statement);
  return statement.exportClause.elements.map(
    ({ propertyName, name }) => `${name.text}: ${(propertyName ?? name).text}`,
  );
}

function isExport({ kind }) {
  return kind === ts.SyntaxKind.ExportKeyword;
}

function unknown(statement) {
  return new Error(
    `${statement.getSourceFile().fileName}: esbuild has not written this before: ${statement.getText()}`,
  );
}

/** `./chunk-1.js` is `chunk-1.js`. */
function moduleOf(specifier) {
  return specifier.replace(/^\.\//, '');
}

function edited(text, edits) {
  let at = 0;
  let result = '';
  for (const { from, to, by } of edits.sort((a, b) => a.from - b.from)) {
    result += text.slice(at, from) + by;
    at = to;
  }
  return result + text.slice(at);
}
