import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { type Fault, isTest, type Rule } from './arrows-rules.ts';

/** The rules about what a source says, not what it imports. Found in the syntax tree, so comments do not count. */
export const WORD_RULES: readonly Rule[] = [
  { name: 'environment', sentence: 'only packages/runtime/src/config.ts reads the environment' },
  { name: 'exit', sentence: 'only main.ts files, child entries and runtime/shutdown.ts end the process' },
  { name: 'run-layout', sentence: 'only packages/core/src/run-layout.ts builds paths inside a run' },
];

const ALLOWED: Readonly<Record<string, RegExp>> = {
  environment: /^packages\/runtime\/src\/config\.ts$/,
  exit: /^apps\/[^/]+\/src\/cli\/main\.ts$|^packages\/stages\/src\/child\/main\.ts$|^packages\/pool\/src\/serve\.ts$|^packages\/runtime\/src\/shutdown\.ts$/,
  'run-layout': /^packages\/core\/src\/run-layout\.ts$/,
};

const RUN_FOLDER = /^(features|sums|commits|projection|listing|epochs|failures|control|pca)\/[^\s*]*$/;
const RUN_FILE = /^(manifest\.json|quarantine\.jsonl|report\.json|result\.csv|class\.json|_SUCCESS)$/;

const isProcess = (node: ts.Node | undefined) => /^(globalThis\.)?process$/.test(node?.getText() ?? '');
const isProcessModule = (node: ts.Node | undefined) =>
  /^['"](node:)?process['"]$/.test(node?.getText() ?? '');

/** What is taken out of `process`, however it is reached: by a dot, in brackets, by destructuring, by import. `*` may be anything. */
function takenFromProcess(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && isProcess(node.expression)) return node.name.text;
  if (ts.isElementAccessExpression(node) && isProcess(node.expression)) {
    return ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : '*';
  }
  if (ts.isBindingElement(node)) {
    const declaration = node.parent.parent;
    const taken = ts.isVariableDeclaration(declaration) && isProcess(declaration.initializer);
    return taken ? (node.propertyName ?? node.name).getText() : undefined;
  }
  if (ts.isImportSpecifier(node) && isProcessModule(node.parent.parent.parent.moduleSpecifier)) {
    return (node.propertyName ?? node.name).text;
  }
  if (ts.isExportSpecifier(node) && isProcessModule(node.parent.parent.moduleSpecifier)) {
    return (node.propertyName ?? node.name).text;
  }
  if (ts.isNamespaceImport(node) && isProcessModule(node.parent.parent.moduleSpecifier)) return '*';
  if (ts.isImportClause(node) && node.name !== undefined && isProcessModule(node.parent.moduleSpecifier)) {
    return '*';
  }
  return undefined;
}

/** A text that can only be a path inside a run: of a string, or of a template around its values. A pattern with `*` names no file. */
function runPath(node: ts.Node): string | undefined {
  const isText =
    ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
  if (!isText || ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent)) return undefined;
  const text = node.text.replace(/^\.?\//, '');
  return RUN_FOLDER.test(text) || RUN_FILE.test(text) ? node.text : undefined;
}

/** The faults of one source. */
export function wordFaults(file: string, text: string): Fault[] {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const faults: Fault[] = [];
  const report = (rule: string, node: ts.Node, detail: string) => {
    if (ALLOWED[rule]?.test(file)) return;
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
    faults.push({ rule, file, detail: `${detail} in line ${line + 1}` });
  };
  const visit = (node: ts.Node): void => {
    const taken = takenFromProcess(node);
    if (taken === 'env' || taken === '*') report('environment', node, 'reads the environment');
    if (taken === 'exit' || taken === '*') report('exit', node, 'ends the process');
    const path = runPath(node);
    if (path !== undefined) report('run-layout', node, `says ${JSON.stringify(path)}`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return faults;
}

/** The faults of all sources of a tree; tests are left out. About 1 s. */
export function allWordFaults(root: string, files: readonly string[]): Fault[] {
  return files
    .filter((file) => /^(packages|apps)\/[^/]+\/src\//.test(file) && !isTest(file))
    .flatMap((file) => wordFaults(file, readFileSync(`${root}${file}`, 'utf8')));
}
