// The serverless stores on an emulator and in workerd: see README.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { bundleSources } from './bundle.mjs'
import { Suite } from './suite.mjs'

// Else Miniflare asks Cloudflare for a sample of request properties.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'

const wanted = process.argv.slice(2)
const asked = (name) => wanted.length === 0 || wanted.includes(name)
const suite = new Suite()
const bundle = await bundleSources()
try {
  const hookproof = await import(bundle.url)
  if (asked('dynamodb')) await (await import('./dynamodb.mjs')).dynamodbSuite(suite, hookproof)
  if (asked('dynamodb-storm')) await (await import('./dynamodb-storm.mjs')).dynamodbStorm(suite, bundle, hookproof)
  if (asked('durable-object')) await (await import('./durable-object.mjs')).durableObjectSuite(suite, hookproof)
} finally {
  bundle.dispose()
}
const { passed, failed } = suite
const reports = new URL('reports/', import.meta.url)
mkdirSync(reports, { recursive: true })
writeFileSync(new URL('tests.json', reports), JSON.stringify({ passed, failed }))
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
