import { styleText } from 'node:util'

const TITLE = 37
const EXPECTED = 15

const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined
const paint = (style, text) => (colour ? styleText(style, text) : text)

/** The rows, a column for each sender: what came, in red where it is not what was expected. */
export function renderTable(senders, rows) {
  const widths = senders.map(({ name }, index) => {
    return Math.max(name.length, ...rows.map(({ cells }) => shown(cells[index]).length)) + 2
  })
  const head = [
    'sent'.padEnd(TITLE),
    'expected'.padEnd(EXPECTED),
    ...senders.map(({ name }, index) => name.padEnd(widths[index])),
  ]
  const lines = rows.map(({ section, title, expected, cells }) => {
    const painted = cells.map((cell, index) => paint(styleOf(cell), shown(cell).padEnd(widths[index])))
    const row = [title.padEnd(TITLE), paint('dim', expected.padEnd(EXPECTED)), ...painted].join('').trimEnd()
    return section === undefined ? row : `\n${paint('bold', section)}\n${row}`
  })
  return [paint('bold', head.join('').trimEnd()), '─'.repeat(head.join('').length), ...lines].join('\n')
}

const shown = (cell) => (cell === undefined ? '–' : cell.came === cell.expected ? cell.came : `${cell.came} ✗`)
const styleOf = (cell) => (cell === undefined ? 'dim' : cell.came === cell.expected ? 'green' : 'red')

/** A row for each vendor. */
export function renderVendors(rows) {
  const widest = (texts) => Math.max(...texts.map((text) => text.length)) + 2
  const widths = [widest(rows.map(({ name }) => name)), widest(rows.map(({ how }) => how)), 14, 14]
  const line = (cells) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index]))
      .join('')
      .trimEnd()
  const head = line(['provider', 'signed by', 'genuine', 'forged'])
  const lines = rows.map(({ name, how, genuine, forged }) => {
    const painted = [genuine, forged].map((cell) => paint(styleOf(cell), shown(cell).padEnd(14)))
    return (line([name, how]).padEnd(widths[0] + widths[1]) + painted.join('')).trimEnd()
  })
  return [paint('bold', head), '─'.repeat(head.length), ...lines].join('\n')
}
