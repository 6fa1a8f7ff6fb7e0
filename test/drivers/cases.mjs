/** Runs cases one after the other and counts. */
export async function count(cases) {
  let passed = 0
  const failures = []
  for (const { title, run } of cases) {
    try {
      await run()
      passed++
    } catch (error) {
      failures.push(`${title}: ${error.stack}`)
    }
  }
  return { passed, failures }
}

export function report(name, results) {
  const passed = results.reduce((sum, result) => sum + result.passed, 0)
  const failures = results.flatMap((result) => result.failures)
  for (const failure of failures) console.error(`FAILED with ${name}: ${failure}`)
  console.log(`${name} ${process.versions.bun ?? process.versions.node}: ${passed} passed, ${failures.length} failed`)
  process.exitCode = failures.length === 0 ? 0 : 1
}

/** The built package; `HOOKPROOF_DIST` names another build. */
export const dist = new URL(process.env.HOOKPROOF_DIST ?? '../../dist/', import.meta.url)

/** The store with 20 s for each verb in place of its own limit: on a busy machine a storm of 200 claims may outlast that. */
export function patient(store) {
  const within = (verb) => (key, options) => store[verb](key, { signal: AbortSignal.timeout(20_000), ...options })
  return { claim: within('claim'), renew: within('renew'), finish: within('finish'), reset: (key) => store.reset(key) }
}
