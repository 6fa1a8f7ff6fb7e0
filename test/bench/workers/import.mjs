// node workers/import.mjs <node:crypto|ours>: how long the import takes, and the resident memory after it.
const what = process.argv[2]
const begin = performance.now()
const cpu = process.cpuUsage()
if (what === 'ours') {
  const { createReceiver } = await import('hookproof')
  const { github } = await import('hookproof/providers/github')
  const { expressMiddleware } = await import('hookproof/express')
  expressMiddleware(createReceiver(github({ secret: 'It is a secret to everybody, 32b' }), { logger: false }))
} else {
  const { createHmac } = await import('node:crypto')
  createHmac('sha256', 'key')
}
const { user, system } = process.cpuUsage(cpu)
process.send({
  ms: performance.now() - begin,
  cpuMs: (user + system) / 1000,
  rss: process.memoryUsage().rss / 1024 / 1024,
})
