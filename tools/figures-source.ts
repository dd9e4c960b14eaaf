/** What the figures say of one source file, from its text alone. */
import ts from 'typescript';

/** The figures of one source file. Names are those by which others import. */
export interface SourceFigures {
  readonly lines: number;
  /** Lines of each function with a body and a name: declarations, methods, functions assigned to a name. */
  readonly functions: readonly number[];
  /** Names that the file exports, whether declared here or passed on by name. */
  readonly exported: readonly string[];
  /** Names declared and exported here without a doc sentence on the declaration. */
  readonly undocumented: readonly string[];
  /** Every module that is imported or passed on, types and `import()` included. */
  readonly imports: readonly string[];
  /** Modules of which everything is passed on (`export *`). */
  readonly stars: readonly string[];
}

/** Number of lines, as `wc -l` counts them. */
export function countLines(text: string): number {
  return text.split('\n').length - 1;
}

/** Lines of more than `most` characters. */
export function countLongLines(text: string, most: number): number {
  return text.split('\n').filter((line) => [...line].length > most).length;
}

/** The value below which a share of the values lies (nearest rank); 0 without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** Parses one TypeScript file and takes its figures. */
export function sourceFigures(name: string, text: string): SourceFigures {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  const functions: number[] = [];
  const imports: string[] = [];
  const visit = (node: ts.Node) => {
    if (isNamedFunction(node)) functions.push(lineOf(node.getEnd()) - lineOf(node.getStart(file)) + 1);
    const module = importedModule(node);
    if (module !== undefined) imports.push(module);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { lines: countLines(text), functions, imports, ...exportsOf(file) };
}

/** A function with a body that is declared, a method, or one that a variable or a property is given. */
function isNamedFunction(node: ts.Node): boolean {
  if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) {
    const { parent } = node;
    return (
      ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)
    );
  }
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

function importedModule(node: ts.Node): string | undefined {
  const literal =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : undefined;
  return literal !== undefined && ts.isStringLiteral(literal) ? literal.text : undefined;
}

function exportsOf(file: ts.SourceFile): Pick<SourceFigures, 'exported' | 'undocumented' | 'stars'> {
  const documented = new Map<string, boolean>();
  const exported = new Set<string>();
  const stars: string[] = [];
  const listed: string[] = [];
  for (const statement of file.statements) {
    const names = declaredNames(statement);
    for (const name of names) {
      documented.set(name, documented.get(name) === true || hasSentence(statement));
      if (isExported(statement)) exported.add(name);
    }
    if (!ts.isExportDeclaration(statement)) continue;
    const from = importedModule(statement);
    const clause = statement.exportClause;
    if (clause === undefined) {
      if (from !== undefined) stars.push(from);
    } else if (ts.isNamespaceExport(clause)) exported.add(clause.name.text);
    else {
      for (const { name, propertyName } of clause.elements) {
        exported.add(name.text);
        if (from === undefined) listed.push((propertyName ?? name).text);
      }
    }
  }
  const own = [...exported, ...listed].filter((name) => documented.has(name));
  const undocumented = [...new Set(own)].filter((name) => documented.get(name) !== true);
  return { exported: [...exported], undocumented, stars };
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

/** True where a JSDoc comment with text, not only tags, is directly before the statement. */
function hasSentence(statement: ts.Statement): boolean {
  return ts
    .getJSDocCommentsAndTags(statement)
    .some((doc) => ts.isJSDoc(doc) && (ts.getTextOfJSDocComment(doc.comment) ?? '').trim() !== '');
}
