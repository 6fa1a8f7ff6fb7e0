import type { Core } from './core.js'

const CLOSE_TIMEOUT_MS = 10_000
const AFTER_ABORT_MS = 1000
const POLL_MS = 10

/** Takes nothing new, waits for running handlers, aborts them at the limit, and gives those that heed it a second to settle. */
export async function close(core: Core, timeoutMs: number = CLOSE_TIMEOUT_MS): Promise<void> {
  core.closing = true
  if (!(await drained(core, timeoutMs))) {
    for (const run of core.runs) run.stop()
    await drained(core, AFTER_ABORT_MS)
  }
  if (core.settings.ownStore) await core.settings.store?.close?.()
}

async function drained({ runs }: Core, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs
  while (runs.size > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  return runs.size === 0
}
