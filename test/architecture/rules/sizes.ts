import ts from 'typescript'
import { parse, type Sources, walk } from './sources.js'

/** The most lines of code by folder. */
const codeLimits: Readonly<Record<string, number>> = {
  providers: 60,
  adapters: 90,
  schemes: 150,
  stores: 150,
  core: 150,
}
const fileLimit = 300
const functionLimit = 50

/** Written by a script: its first line says so, and nobody reads it from top to bottom. */
function isGenerated(text: string): boolean {
  return /^\/[/*].*generated/i.test(text)
}

/** Numbers of the lines that hold a token: comments and blank lines hold none. */
function codeLines(file: ts.SourceFile): number[] {
  const lines = new Set<number>()
  const lineAt = (position: number): number => file.getLineAndCharacterOfPosition(position).line
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return
    const children = node.getChildren(file)
    children.forEach(visit)
    const start = node.getStart(file)
    if (children.length > 0 || start === node.end) return
    for (let line = lineAt(start); line <= lineAt(node.end); line++) lines.add(line)
  }
  visit(file)
  return [...lines]
}

interface Span {
  readonly first: number
  readonly last: number
}

function functionSpans(file: ts.SourceFile): Span[] {
  const spans: Span[] = []
  walk(file, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return
    const { line: first } = file.getLineAndCharacterOfPosition(node.getStart(file))
    const { line: last } = file.getLineAndCharacterOfPosition(node.end)
    spans.push({ first, last })
  })
  return spans
}

/** A function's lines without those of the functions inside it, whose first line counts for both. */
function ownLines(span: Span, spans: readonly Span[], lines: readonly number[]): number {
  const inner = spans.filter(
    ({ first, last }) => first >= span.first && last <= span.last && last - first < span.last - span.first,
  )
  const isOwn = (line: number): boolean => !inner.some(({ first, last }) => line > first && line <= last)
  return lines.filter((line) => line >= span.first && line <= span.last && isOwn(line)).length
}

/** Every file and function of src that is longer than its kind may be. */
export function sizeProblems(sources: Sources): string[] {
  const problems: string[] = []
  for (const [path, text] of Object.entries(sources)) {
    if (isGenerated(text)) continue
    const check = (where: string, size: number, limit: number, unit: string): void => {
      if (size > limit) problems.push(`${where} has ${size} ${unit}, ${limit} are allowed`)
    }
    const file = parse(path, text)
    const lines = codeLines(file)
    check(path, text.trimEnd().split('\n').length, fileLimit, 'lines')
    check(path, lines.length, codeLimits[path.split('/')[1] ?? ''] ?? Number.POSITIVE_INFINITY, 'lines of code')
    const spans = functionSpans(file)
    for (const span of spans) {
      check(`${path}:${span.first + 1}`, ownLines(span, spans, lines), functionLimit, 'lines of code in a function')
    }
  }
  return problems
}
