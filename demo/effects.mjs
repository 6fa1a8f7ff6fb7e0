import { createHash } from 'node:crypto'
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'

const digestOf = (body) => createHash('sha256').update(body).digest('hex')

/** Counts effects in the file that the handlers append to; knows nothing of the server but that file. */
export function effectLog(file) {
  const counts = new Map()
  let offset = 0
  let rest = ''

  function readOn() {
    if (!existsSync(file)) return
    const descriptor = openSync(file, 'r')
    const chunk = Buffer.alloc(fstatSync(descriptor).size - offset)
    offset += readSync(descriptor, chunk, 0, chunk.length, offset)
    closeSync(descriptor)
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      const { path, handler, digest } = JSON.parse(line)
      const key = `${path} ${handler} ${digest}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }

  return {
    /** How often a handler of an endpoint ran for a body. */
    count(path, body, handler = 'only') {
      readOn()
      return counts.get(`${path} ${handler} ${digestOf(body)}`) ?? 0
    },
    /** The same for all bodies. */
    total(path) {
      readOn()
      return [...counts].reduce((sum, [key, count]) => (key.startsWith(`${path} only `) ? sum + count : sum), 0)
    },
  }
}
