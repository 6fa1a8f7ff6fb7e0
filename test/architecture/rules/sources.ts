import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** Text by path from the repository's root, with `/` between folders. */
export type Sources = Readonly<Record<string, string>>

/** One module named by another. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** Erased by the compiler. */
  readonly typeOnly: boolean
  /** `import()` or `require()`: loaded when the call runs. */
  readonly lazy: boolean
}

export const root: string = fileURLToPath(new URL('../../../', import.meta.url))

const ignored = new Set(['node_modules', 'dist', 'reports', 'coverage'])

/** All files below a folder whose names match; empty where it does not exist. */
export function readSources(path: string, names: RegExp = /\.ts$/): Sources {
  const found: Record<string, string> = {}
  const visit = (current: string): void => {
    for (const entry of readdirSync(join(root, current), { withFileTypes: true })) {
      const child = posix.join(current, entry.name)
      if (entry.isDirectory()) {
        if (!ignored.has(entry.name)) visit(child)
      } else if (names.test(entry.name)) {
        found[child] = readFileSync(join(root, child), 'utf8')
      }
    }
  }
  if (existsSync(join(root, path))) visit(path)
  return found
}

const parsed = new Map<string, ts.SourceFile>()

/** Each text once: every rule goes through all of src. */
export function parse(path: string, text: string): ts.SourceFile {
  const key = `${path}\n${text}`
  const file = parsed.get(key) ?? ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
  parsed.set(key, file)
  return file
}

/** Calls `visit` on every node, outermost first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

export function lineOf(file: ts.SourceFile, node: ts.Node): number {
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
}

export function importsOf(path: string, text: string): Import[] {
  const file = parse(path, text)
  const found: Import[] = []
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean, lazy: boolean): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) {
      found.push({ specifier: specifier.text, line: lineOf(file, node), typeOnly, lazy })
    }
  }
  walk(file, (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword, false)
    } else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly, false)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node, node.argument.literal, true, false)
    else if (ts.isCallExpression(node) && isLoad(node.expression)) add(node, node.arguments[0], false, true)
  })
  return found
}

function isLoad(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
}

/** The repository path that a relative specifier names, `.js` read as the `.ts` it is compiled from; undefined for a package. */
export function resolveRelative(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
}
