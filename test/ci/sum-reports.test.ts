import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../.ci/sum-reports.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hookproof-reports-'))
afterAll(() => rmSync(folder, { recursive: true }))

const broken = { status: 'failed', assertionResults: [] }
const failing = { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] }
const vitest = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 2, testResults: [] }
const plain = { passed: 3, failed: 0 }

/** The closing line and the exit code. */
function sum(reports: readonly (object | string | undefined)[], failedSteps = 0): [string | undefined, number | null] {
  const paths = reports.map((report, index) => {
    const path = join(folder, `${index}-${Math.random()}.json`)
    if (report !== undefined) writeFileSync(path, typeof report === 'string' ? report : JSON.stringify(report))
    return path
  })
  const { status, stdout } = spawnSync('node', [script, String(failedSteps), ...paths], { encoding: 'utf8' })
  return [stdout.trim().split('\n').at(-1), status]
}

describe('the closing line of CI', () => {
  test('sums the reports of vitest and of plain runners', () => {
    expect(sum([vitest, plain])).toEqual(['8 passed, 0 failed', 0])
  })

  test.each<[string, (object | string | undefined)[], number, string]>([
    ['a failed test', [{ ...vitest, numFailedTests: 1, testResults: [failing] }], 0, '5 passed, 1 failed'],
    ['a test file that could not be loaded', [{ ...vitest, testResults: [broken] }], 0, '5 passed, 1 failed'],
    ['a report that is missing', [vitest, undefined], 0, '5 passed, 1 failed'],
    ['a report that is cut off', [vitest, '{"numPassedTests": 3'], 0, '5 passed, 1 failed'],
    ['a report without counts', [vitest, {}], 0, '5 passed, 1 failed'],
    ['a report in which no test ran', [plain, { passed: 0, failed: 0 }], 0, '3 passed, 1 failed'],
    ['a step that failed although all tests passed', [vitest], 2, '5 passed, 2 failed'],
  ])('counts as a failure: %s', (_title, reports, failedSteps, line) => {
    expect(sum(reports, failedSteps)).toEqual([line, 1])
  })
})
