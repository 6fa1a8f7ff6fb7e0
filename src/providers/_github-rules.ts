import { pick } from '../schemes/pick.js'
import { BODIES } from './_github-bodies.js'

type Path = readonly string[]

/** `a.b|c`: one of the paths leads somewhere; `!a|b`: none of them does. */
interface Rule {
  readonly wanted: boolean
  readonly paths: readonly Path[]
}

interface Body {
  readonly rules: readonly Rule[]
  /** By type: where what makes each body different stands. */
  readonly stamps: ReadonlyMap<string, Path>
}

// Read at the first delivery: an import stays cheap.
let bodies: ReadonlyMap<string, Body> | undefined

/** Whether a body holds what tells its event from all others; true for an event that is not known. */
export function isBodyOf(type: string, payload: unknown): boolean {
  for (const { wanted, paths } of bodyOf(type)?.rules ?? []) if (wanted !== holdsOne(payload, paths)) return false
  return true
}

function holdsOne(payload: unknown, paths: readonly Path[]): boolean {
  for (const path of paths) if (pick(payload, ...path) !== undefined) return true
  return false
}

/** Whether a body holds what makes it different from every other one of its type. */
export function isStamped(type: string, payload: unknown): boolean {
  const path = bodyOf(type)?.stamps.get(type)
  const stamp = path && pick(payload, ...path)
  return typeof stamp === 'number' || (typeof stamp === 'string' && stamp !== '')
}

function bodyOf(type: string): Body | undefined {
  bodies ??= readBodies()
  const end = type.indexOf('.')
  return bodies.get(end < 0 ? type : type.slice(0, end))
}

function readBodies(): ReadonlyMap<string, Body> {
  const rows = BODIES.split('\n').map((row) => {
    const [head = [], ...stamps] = row.split(', ').map((part) => part.split(' '))
    const [event = '', ...words] = head
    return { event, words, stamps }
  })
  const asked = rows.flatMap(({ words }) => (words.includes('*') ? [] : words))
  // An action is no object: any body may hold one.
  const objects = asked.filter((word) => !word.startsWith('!') && word !== 'action').join('|')
  return new Map(
    rows.map(({ event, words, stamps }) => {
      const rules = words.map((word) => ruleOf(word === '*' ? `!${objects}` : word))
      return [event, { rules, stamps: new Map(stamps.flatMap((stamp) => stampsOf(event, stamp))) }]
    }),
  )
}

function ruleOf(word: string): Rule {
  const wanted = !word.startsWith('!')
  const paths = (wanted ? word : word.slice(1)).split('|')
  return { wanted, paths: paths.map((path) => path.split('.')) }
}

function stampsOf(event: string, [path = '', ...actions]: readonly string[]): (readonly [type: string, Path])[] {
  const types = actions.length === 0 ? [event] : actions.map((action) => `${event}.${action}`)
  return types.map((type) => [type, path.split('.')])
}
