import ts from 'typescript'
import { importsOf, lineOf, parse, type Sources, walk } from './sources.js'

/** Where Node's own modules may be used: the one crypto module, what only runs on Node, and the store that writes a file. */
const nodeAllowed = /^src\/(lib\/crypto\.ts|testing\/|stores\/_?sqlite[a-z-]*\.ts$)/

/** Every `node:` import outside the modules that are meant to run on Node alone. */
export function nodeImportProblems(sources: Sources): string[] {
  return Object.entries(sources).flatMap(([path, text]) =>
    importsOf(path, text)
      .filter(({ specifier }) => specifier.startsWith('node:') && !nodeAllowed.test(path))
      .map(({ specifier, line }) => `${path}:${line} imports ${specifier}`),
  )
}

/** Where the default of a `clock` option stands, or a store's server is what runs there; once each: everything else is given a clock. */
const clocks = new Set(['src/core/options.ts', 'src/stores/dynamodb.ts', 'src/stores/_durable-object-class.ts'])

/** Every reading of the system's clock outside the default one. */
export function clockProblems(sources: Sources): string[] {
  const problems: string[] = []
  for (const [path, text] of Object.entries(sources)) {
    const file = parse(path, text)
    const readings: number[] = []
    walk(file, (node) => {
      const now = ts.isPropertyAccessExpression(node) && node.getText(file) === 'Date.now'
      const today = ts.isNewExpression(node) && node.expression.getText(file) === 'Date' && !node.arguments?.length
      if (now || today) readings.push(lineOf(file, node))
    })
    // Requests that a test signs are sent now.
    if (path.startsWith('src/testing/')) continue
    const allowed = clocks.has(path) ? 1 : 0
    problems.push(...readings.slice(allowed).map((line) => `${path}:${line} reads the system's clock`))
  }
  return problems
}

const secretWords = new Set(['signature', 'digest', 'hmac', 'mac', 'token', 'passcode', 'password', 'secret'])
/** A name that ends in one of these tells something about a secret value and is none. */
const aboutSecrets = new Set(
  'header headers version name kind index count length position prefix scheme format encoding type'.split(' '),
)

function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
  if (aboutSecrets.has(words.at(-1) ?? '')) return false
  return words.some((word) => secretWords.has(word.replace(/s$/, '')))
}

function holdsSecret(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return isSecretName(node.text)
  if (ts.isPropertyAccessExpression(node)) return isSecretName(node.name.text)
  if (ts.isElementAccessExpression(node)) return holdsSecret(node.expression)
  if (ts.isNonNullExpression(node) || ts.isParenthesizedExpression(node) || ts.isAsExpression(node))
    return holdsSecret(node.expression)
  if (ts.isCallExpression(node))
    return ts.isPropertyAccessExpression(node.expression) && holdsSecret(node.expression.expression)
  return false
}

/** Compared with a constant, a value gives nothing away: `undefined`, `null`, a literal, a length, a type. */
function isConstant(node: ts.Expression): boolean {
  if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node) || ts.isTypeOfExpression(node)) return true
  if (ts.isPrefixUnaryExpression(node)) return isConstant(node.operand)
  return (
    ['undefined', 'null', 'true', 'false'].includes(node.getText()) ||
    node.getText().endsWith('.length') ||
    isName(node)
  )
}

/** What equals a name is a name: `name === params.signature`. */
function isName(node: ts.Expression): boolean {
  return ts.isIdentifier(node) && aboutSecrets.has(node.text)
}

const equality = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
])
/** Methods that compare, and stop at the first difference. */
const comparing = new Set(['equals', 'compare', 'localeCompare', 'includes', 'indexOf', 'startsWith', 'endsWith', 'is'])

/** Every comparison of a signature, digest, MAC, token or passcode that does not take constant time. */
export function comparisonProblems(sources: Sources): string[] {
  const problems: string[] = []
  for (const [path, text] of Object.entries(sources)) {
    const file = parse(path, text)
    walk(file, (node) => {
      if (ts.isBinaryExpression(node) && equality.has(node.operatorToken.kind)) {
        const sides = [node.left, node.right]
        if (!sides.some(holdsSecret) || sides.some(isConstant)) return
      } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        if (!comparing.has(node.expression.name.text) || !node.arguments.some(holdsSecret)) return
      } else return
      problems.push(`${path}:${lineOf(file, node)} compares in variable time: ${node.getText(file)}`)
    })
  }
  return problems
}

/** Every use of timingSafeEqual outside lib: there is one, behind `equalBytes`. */
export function timingSafeEqualProblems(sources: Sources): string[] {
  const users = Object.keys(sources).filter((path) => /\btimingSafeEqual\b/.test(sources[path] ?? ''))
  const outside = users.filter((path) => !path.startsWith('src/lib/'))
  return (users.length === 1 ? outside : users).map((path) => `${path} has a timingSafeEqual of its own`)
}
