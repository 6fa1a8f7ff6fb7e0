// node workers/import.mjs <crypto|ours|made>: how long the import takes, and the resident memory after it; with `made` also a receiver
// and its middleware.
const what = process.argv[2]
const begin = performance.now()
const cpu = process.cpuUsage()
if (what === 'crypto') await import('node:crypto')
else {
  const { createReceiver } = await import('hookproof')
  const { github } = await import('hookproof/providers/github')
  const { expressMiddleware } = await import('hookproof/express')
  if (what === 'made') {
    expressMiddleware(createReceiver(github({ secret: 'It is a secret to everybody, 32b' }), { logger: false }))
  }
}
const { user, system } = process.cpuUsage(cpu)
process.send({
  ms: performance.now() - begin,
  cpuMs: (user + system) / 1000,
  rss: process.memoryUsage().rss / 1024 / 1024,
})
