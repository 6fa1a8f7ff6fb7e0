// node host.mjs <snippet>: runs one side of a pair in an Express app and tells its parent what was handled.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const code = readFileSync(process.argv[2], 'utf8')
const imports = code.match(/^import .*$/gm) ?? []
const rest = code.replace(/^import .*$/gm, '')
const file = fileURLToPath(new URL(`./.snippet-${process.pid}.mjs`, import.meta.url))
const express = imports.some((line) => line.includes("from 'express'")) ? '' : "import express from 'express'\n"
writeFileSync(
  file,
  `${express}${imports.join('\n')}
export const app = express()
const handled = (what) => process.send({ handled: what })
${rest}`,
)
process.on('disconnect', () => process.exit())
process.on('message', () => process.send({ flushed: true }))
try {
  const { app } = await import(file)
  const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
} finally {
  rmSync(file)
}
