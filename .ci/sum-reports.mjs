// node .ci/sum-reports.mjs <failed steps> <report>...
// A report is vitest's JSON (or jest's), or { "passed": n, "failed": n }. Ends with the line `N passed, N failed`, and with 1 unless all is well.
import { existsSync, readFileSync } from 'node:fs'

/** A test file that could not even be loaded has no failed test: it counts as one. */
function brokenFiles({ testResults = [] }) {
  return testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function countsOf(path) {
  if (!existsSync(path)) return { passed: 0, failed: 1, remark: 'no report' }
  const report = parse(readFileSync(path, 'utf8'))
  if (!report) return { passed: 0, failed: 1, remark: 'the report is cut off' }
  const passed = report.numPassedTests ?? report.passed
  const failed = (report.numFailedTests ?? report.failed) + brokenFiles(report)
  if (!Number.isInteger(passed) || !Number.isInteger(failed))
    return { passed: 0, failed: 1, remark: 'no counts in the report' }
  const skipped = (report.numPendingTests ?? report.skipped ?? 0) + (report.numTodoTests ?? 0)
  if (passed + failed === 0) return { passed, failed: 1, remark: 'no test ran' }
  return { passed, failed, remark: skipped > 0 ? `${skipped} skipped` : '' }
}

const [failedSteps, ...paths] = process.argv.slice(2)
let passed = 0
let failed = 0
for (const path of paths) {
  const counts = countsOf(path)
  console.log(`${path}: ${counts.passed} passed, ${counts.failed} failed${counts.remark && ` (${counts.remark})`}`)
  passed += counts.passed
  failed += counts.failed
}
if (failed === 0 && Number(failedSteps) > 0) {
  console.log(`${failedSteps} failed outside the tests: see above`)
  failed += Number(failedSteps)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
