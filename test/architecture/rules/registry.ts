import ts from 'typescript'
import { parse, type Sources, walk } from './sources.js'

export interface Registry {
  /** Files of src/providers. */
  readonly providers: Sources
  /** File names of test/fixtures/providers. */
  readonly fixtures: readonly string[]
  /** Text of docs/providers.md. */
  readonly docs: string
}

/** Provider ids of a docs table: what a row's first two cells name as code or subpath. */
function docsRows(markdown: string): string[] {
  const rows = markdown.split('\n').filter((line) => line.startsWith('|'))
  const named = rows.flatMap((row) => [
    ...row
      .split('|')
      .slice(1, 3)
      .join('|')
      .matchAll(/`(?:hookproof\/providers\/)?([a-z][a-z0-9-]*)`/g),
  ])
  return [...new Set(named.map((match) => match[1] as string))]
}

export function camelCase(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

/** The string that a provider's description gives to a property. */
function propertyOf(file: ts.SourceFile, name: string): string | undefined {
  let value: string | undefined
  walk(file, (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText(file) !== 'defineProvider') return
    const [description] = node.arguments
    if (!description || !ts.isObjectLiteralExpression(description)) return
    for (const property of description.properties) {
      if (!ts.isPropertyAssignment(property) || property.name.getText(file) !== name) continue
      if (ts.isStringLiteralLike(property.initializer)) value ??= property.initializer.text
    }
  })
  return value
}

function exportsOf(file: ts.SourceFile): string[] {
  const isExported = (node: ts.FunctionDeclaration | ts.VariableStatement): boolean =>
    node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false
  return file.statements.flatMap((node) => {
    if (ts.isFunctionDeclaration(node) && isExported(node)) return [node.name?.text ?? '']
    if (ts.isVariableStatement(node) && isExported(node)) {
      return node.declarationList.declarations.map(({ name }) => name.getText(file))
    }
    return []
  })
}

function providerProblems(id: string, path: string, text: string): string[] {
  const file = parse(path, text)
  const problems: string[] = []
  if (!exportsOf(file).includes(camelCase(id))) problems.push(`${path} does not export ${camelCase(id)}`)
  const declared = propertyOf(file, 'id')
  if (declared !== id) problems.push(`${path} declares the id ${declared}`)
  const docs = propertyOf(file, 'docs')
  if (docs === undefined || !/^https:\/\/[^/]+\.[a-z]+(\/|$)/.test(docs)) problems.push(`${path} has no docs URL`)
  return problems
}

/** Every place where provider files, fixtures and docs rows do not say the same. */
export function registryProblems({ providers, fixtures, docs }: Registry): string[] {
  const files = Object.entries(providers)
    .map(([path, text]) => ({ id: path.split('/').at(-1)?.replace(/\.ts$/, '') as string, path, text }))
    .filter(({ id }) => !id.startsWith('_'))
  const ids = files.map(({ id }) => id)
  const tested = fixtures.map((name) => name.replace(/\.json$/, ''))
  const rows = docsRows(docs)
  return [
    ...files.flatMap(({ id, path, text }) => providerProblems(id, path, text)),
    ...ids.filter((id) => !tested.includes(id)).map((id) => `${id} has no fixture test/fixtures/providers/${id}.json`),
    ...ids.filter((id) => !rows.includes(id)).map((id) => `${id} has no row in docs/providers.md`),
    ...tested.filter((id) => !ids.includes(id)).map((id) => `the fixture ${id}.json belongs to no provider`),
    ...rows.filter((id) => !ids.includes(id)).map((id) => `the docs row ${id} belongs to no provider`),
  ]
}
