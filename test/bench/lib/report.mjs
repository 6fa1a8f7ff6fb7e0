// What results/node<major>.json say, as Markdown and as a plot. Pure: the generators in scripts/gen read and write the files.
import { existsSync, readFileSync } from 'node:fs'
import { reached } from './measure.mjs'

const majors = [20, 24]

/** The results of every Node version that there are, the oldest first. */
export function results() {
  return majors
    .map((major) => new URL(`../results/node${major}.json`, import.meta.url))
    .filter((url) => existsSync(url))
    .map((url) => JSON.parse(readFileSync(url, 'utf8')))
}

export function sizeText(size) {
  if (size === undefined) return ''
  return size >= 1024 * 1024 ? '1 MB' : `${size / 1024} KB`
}

const digits = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2))

function cell(row) {
  if (row === undefined) return '–'
  const { value, low, high, unit, absolute } = row
  const text = absolute ? `${digits(value)} ${unit}` : digits(value)
  const interval = low === high ? '' : ` (${digits(low)} to ${digits(high)})`
  const verdict = reached(row)
  return `${verdict === false ? '**' : ''}${text}${verdict === false ? '**' : ''}${interval}`
}

function verdictOf(rows) {
  const verdicts = rows.filter((row) => row !== undefined).map(reached)
  if (verdicts.every((verdict) => verdict === undefined)) return ''
  if (verdicts.every((verdict) => verdict !== false)) return 'reached'
  return verdicts.every((verdict) => verdict === false) ? '**missed**' : '**missed on one**'
}

const same = (a) => (b) => a.what === b.what && a.against === b.against && a.size === b.size

/** One table of a suite: every row of it, those that we lose too. */
export function tableOf(suite, reports) {
  const [first] = reports
  const heads = [
    'what',
    'against',
    'bar',
    'aim',
    ...reports.map(({ node }) => `Node ${node.slice(1).split('.')[0]}`),
    '',
  ]
  const lines = first.rows
    .filter((row) => row.suite === suite)
    .map((row) => {
      const each = reports.map(({ rows }) => rows.find(same(row)))
      const sign = row.more ? '≥ ' : '≤ '
      const limit = (value) => (value === undefined ? '' : `${sign}${value}`)
      const what = row.size === undefined ? row.what : `${row.what}, ${sizeText(row.size)}`
      return [what, row.against, limit(row.bar), limit(row.aim), ...each.map(cell), verdictOf(each)]
    })
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** How far a row is from its bar: above 1 it is missed. */
export function shortfall(row) {
  if (row.bar === undefined || row.bar === 0) return 0
  return row.more ? row.bar / row.value : row.value / row.bar
}

export function missed(reports) {
  const [first] = reports
  return first.rows.filter((row) => reports.some(({ rows }) => reached(rows.find(same(row)) ?? row) === false))
}

/** µs by body size of what the plot shows, from the rows of one report. */
function series({ rows }) {
  const of = (what, against, side) =>
    rows.filter((row) => row.what === what && row.against === against).map((row) => [row.size, row[side]])
  const parse = 'GitHub: verify and parse'
  const byHand = 'hand-written and JSON.parse'
  return [
    { name: 'hookproof, verify', points: of('GitHub: verify', 'hand-written', 'ours') },
    { name: 'by hand, verify', points: of('GitHub: verify', 'hand-written', 'theirs') },
    { name: 'hookproof, verify + parse', points: of(parse, byHand, 'ours') },
    { name: 'by hand, verify + parse', points: of(parse, byHand, 'theirs') },
    { name: '@octokit/webhooks', points: of(parse, '@octokit/webhooks', 'theirs') },
    { name: 'stripe', points: of('Stripe: verify and parse', 'stripe', 'theirs') },
    { name: '@slack/bolt', points: of('Slack: verify and parse', '@slack/bolt', 'theirs') },
    { name: 'svix', points: of('Standard Webhooks: verify and parse', 'svix', 'theirs') },
    { name: 'standardwebhooks', points: of('Standard Webhooks: verify and parse', 'standardwebhooks', 'theirs') },
    { name: '@hookflo/tern', points: of(parse, '@hookflo/tern', 'theirs') },
  ]
}

const colours = [
  '#0b5fa5',
  '#8a8a8a',
  '#0b5fa5',
  '#8a8a8a',
  '#c2410c',
  '#7c3aed',
  '#15803d',
  '#be185d',
  '#a16207',
  '#111827',
]

/** Time against body size, both logarithmic. */
export function plot(report) {
  const lines = series(report).filter(({ points }) => points.length > 1)
  const [width, height, left, right, top, bottom] = [760, 470, 64, 190, 34, 46]
  const all = lines.flatMap(({ points }) => points)
  const range = (index) => {
    const logs = all.map((point) => Math.log10(point[index]))
    return [Math.min(...logs), Math.max(...logs)]
  }
  const [minX, maxX] = range(0)
  const [minY, maxY] = [Math.floor(range(1)[0]), Math.ceil(range(1)[1])]
  const x = (size) => left + ((Math.log10(size) - minX) / (maxX - minX)) * (width - left - right)
  const y = (us) => height - bottom - ((Math.log10(us) - minY) / (maxY - minY)) * (height - top - bottom)
  const at = (value) => value.toFixed(1)
  const sizes = [...new Set(all.map(([size]) => size))].sort((a, b) => a - b)
  const decades = Array.from({ length: maxY - minY + 1 }, (_, index) => 10 ** (minY + index))
  const grid = [
    ...decades.map(
      (us) =>
        `<line x1="${left}" x2="${width - right}" y1="${at(y(us))}" y2="${at(y(us))}" class="grid"/><text x="${left - 8}" y="${at(y(us) + 4)}" text-anchor="end">${us >= 1000 ? `${us / 1000} ms` : `${us} µs`}</text>`,
    ),
    ...sizes.map(
      (size) =>
        `<line x1="${at(x(size))}" x2="${at(x(size))}" y1="${top}" y2="${height - bottom}" class="grid"/><text x="${at(x(size))}" y="${height - bottom + 18}" text-anchor="middle">${sizeText(size)}</text>`,
    ),
  ]
  const ends = labels(lines.map(({ name, points }, index) => ({ name, index, y: y(points.at(-1)[1]) })))
  const curves = lines.map(({ name, points }, index) => {
    const path = points.map(([size, us], step) => `${step === 0 ? 'M' : 'L'}${at(x(size))} ${at(y(us))}`).join('')
    const dashed = name.endsWith(', verify') ? ' stroke-dasharray="5 4"' : ''
    const dots = points.map(
      ([size, us]) => `<circle cx="${at(x(size))}" cy="${at(y(us))}" r="2.5" fill="${colours[index]}"/>`,
    )
    return `<path d="${path}" fill="none" stroke="${colours[index]}" stroke-width="${name.startsWith('hookproof') ? 2.6 : 1.4}"${dashed}/>${dots.join('')}`
  })
  const names = ends.map(
    ({ name, index, y: end, label }) =>
      `<path d="M${width - right + 3} ${at(end)}L${width - right + 14} ${at(label)}" fill="none" stroke="${colours[index]}"/><text x="${width - right + 18}" y="${at(label + 4)}" fill="${colours[index]}">${name}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#333">
<title>Processor time of one verification by body size</title>
<style>.grid { stroke: #ddd; stroke-width: 1 }</style>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${left}" y="20" font-size="14">Processor time of one verification by body size, Node ${report.node.slice(1)}</text>
${[...grid, ...curves, ...names].join('\n')}
<text x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">body</text>
</svg>
`
}

/** Moves labels apart that would cover each other. */
function labels(ends) {
  const sorted = ends.sort((a, b) => a.y - b.y)
  let last = -Infinity
  for (const end of sorted) {
    end.label = Math.max(end.y, last + 15)
    last = end.label
  }
  const over = Math.max(0, last - 450)
  for (const end of sorted) end.label -= over
  return sorted
}
