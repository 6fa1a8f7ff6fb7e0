import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const script = fileURLToPath(new URL('judge.mjs', import.meta.url))

/** One event, handled once by process 1 and answered. */
const fine = {
  sent: ['a'],
  acknowledged: ['a'],
  history: ['won a 1 1'],
  effects: ['a 1 1 7'],
  kills: [] as string[],
  crashes: [] as string[],
}

function judge(logs: Partial<typeof fine>): {
  readonly ok: boolean
  readonly code: number | null
  readonly [field: string]: unknown
} {
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-judge-'))
  try {
    for (const [name, lines] of Object.entries({ ...fine, ...logs })) {
      writeFileSync(join(folder, `${name}.log`), lines.map((line) => `${line}\n`).join(''))
    }
    const { stdout, status } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' })
    return { ...JSON.parse(stdout), code: status }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const takenOver = { history: ['won a 1 1', 'won a 2 2'], effects: ['a 1 1 7', 'a 2 2 8'], kills: ['1'] }

it.each([
  ['one effect of one event', {}, { effects: 1, lost: 0, doubled: 0 }],
  ['an effect that was doubled by a takeover', takenOver, { doubled: 1, takeovers: 1, takenFromTheLiving: 0 }],
  ['a death after the effect', { ...takenOver, crashes: ['a counts after effect'] }, { doubled: 1 }],
])('the judge accepts %s', (_title, logs, verdict) => {
  expect(judge(logs)).toMatchObject({ ok: true, code: 0, ...verdict })
})

it.each([
  ['an event without an effect', { effects: [] }, { lost: 1 }],
  ['an event that was never answered', { acknowledged: [] }, { unanswered: 1 }],
  ['two effects without a takeover', { effects: ['a 1 1 7', 'a 1 1 7'] }, { doubled: 1, unexplained: 1 }],
  [
    'two effects of two wins of one attempt',
    { history: ['won a 1 1', 'won a 1 2'], effects: ['a 1 1 7', 'a 2 1 7'] },
    { doubled: 1, takeovers: 0, unexplained: 1 },
  ],
  ['three effects of one takeover', { ...takenOver, effects: ['a 1 1 7', 'a 2 2 8', 'a 2 2 8'] }, { unexplained: 1 }],
  ['a doubled effect of a death before it', { ...takenOver, crashes: ['a counts after claim'] }, { doubled: 1 }],
  ['an effect of an event that nobody sent', { effects: ['a 1 1 7', 'b 1 1 7'] }, { unknown: 1 }],
  ['nothing at all', { sent: [], acknowledged: [], history: [], effects: [] }, { events: 0 }],
])('the judge refuses %s', (_title, logs, verdict) => {
  expect(judge(logs)).toMatchObject({ ok: false, code: 1, ...verdict })
})
