// The endpoint behind the smoke checks, where the server is a program of its own: Workers and Next.js.
import { createReceiver } from 'hookproof'
import { github } from 'hookproof/providers/github'

/** Runs by event id. */
const runs = new Map()

export const receiver = createReceiver(
  github({ secret: ({ params }) => (params.tenant === 'acme' ? 'It is a secret to everybody' : null) }),
  { maxBodyBytes: 64 * 1024, logger: false },
).onAny(async ({ id, payload }, { respond }) => {
  const run = (runs.get(id) ?? 0) + 1
  runs.set(id, run)
  await new Promise((resolve) => setTimeout(resolve, payload.wait ?? 0))
  if (payload.failures >= run) throw new Error('as told')
  if (payload.count) respond({ body: { runs: runs.get(payload.count) } })
  if (payload.bytes)
    respond({ headers: { 'content-type': 'x/y' }, body: Uint8Array.from({ length: 256 }, (_, i) => i) })
})
