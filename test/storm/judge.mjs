// node judge.mjs <folder>: what became of every event, from the files that the others wrote. Exit code 1 where an event was lost or never
// answered, where an effect was doubled without another process having taken the event over, or doubled by a death at any point but one.
import { existsSync, readFileSync } from 'node:fs'

const folder = process.argv[2]
const lines = (name) => {
  const file = `${folder}/${name}`
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
}
const group = (rows, key) => {
  const groups = new Map()
  for (const row of rows) groups.set(row[key], [...(groups.get(row[key]) ?? []), row])
  return groups
}

const sent = new Set(lines('sent.log').map(([event]) => event))
const acknowledged = new Set(lines('acknowledged.log').map(([event]) => event))
const effects = group(lines('effects.log'), 0)
const killed = new Set(lines('kills.log').map(([pid]) => pid))
/** won <event> <attempt> <pid> */
const wins = group(
  lines('history.log').filter(([verb]) => verb === 'won'),
  1,
)
/**
 * The processes whose lease was taken over. No handler here ever fails, so a win of a later attempt is a takeover. A second win of the
 * same attempt is none: the store has let two in.
 */
const losersOf = (event) => {
  const owners = new Map((wins.get(event) ?? []).map(([, , attempt, pid]) => [Number(attempt), pid]))
  const inOrder = [...owners].sort(([a], [b]) => a - b)
  return inOrder.slice(0, -1).map(([, pid]) => pid)
}

const all = [...sent]
const doubled = all.filter((event) => (effects.get(event)?.length ?? 0) > 1)
const verdict = {
  events: sent.size,
  effects: [...effects.values()].reduce((sum, rows) => sum + rows.length, 0),
  lost: all.filter((event) => !effects.has(event)).length,
  unanswered: all.filter((event) => !acknowledged.has(event)).length,
  takeovers: all.reduce((sum, event) => sum + losersOf(event).length, 0),
  takenFromTheLiving: all.reduce((sum, event) => sum + losersOf(event).filter((pid) => !killed.has(pid)).length, 0),
  doubled: doubled.length,
  unexplained: doubled.filter((event) => effects.get(event).length > 1 + losersOf(event).length).length,
  unknown: [...effects.keys()].filter((event) => !sent.has(event)).length,
}

/** <event> counts|misses <point>: where a worker was killed on purpose, and whether it died there. */
const points = {}
for (const [event, counted, ...words] of lines('crashes.log')) {
  const name = words.join(' ')
  points[name] ??= { counted: 0, misses: 0, lost: 0, doubled: 0 }
  const point = points[name]
  point[counted === 'counts' ? 'counted' : 'misses']++
  if (!effects.has(event)) point.lost++
  if (doubled.includes(event)) point.doubled++
}
const MAY_DOUBLE = 'after effect'
const misplaced = Object.entries(points).filter(([point, { doubled }]) => point !== MAY_DOUBLE && doubled > 0).length

const wrong = verdict.lost + verdict.unanswered + verdict.unexplained + verdict.unknown + misplaced
const ok = verdict.events > 0 && wrong === 0
console.log(JSON.stringify({ ok, ...verdict, ...(Object.keys(points).length === 0 ? {} : { points }) }))
process.exit(ok ? 0 : 1)
