import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const worker = (name) => fileURLToPath(new URL(`../workers/${name}.mjs`, import.meta.url))

/** Runs a worker in a process of its own, so that no case is compiled for the types of another group, and resolves to what it sends. */
export function inChild(name, args, flags = ['--expose-gc']) {
  return new Promise((resolve, reject) => {
    const child = fork(worker(name), args.map(String), { execArgv: flags })
    let result
    child.on('message', (message) => {
      result = message
    })
    child.on('error', reject)
    child.on('exit', (code) =>
      code === 0 && result !== undefined
        ? resolve(result)
        : reject(new Error(`${name} ${args.join(' ')} ended with ${code}`)),
    )
  })
}

/** A worker that stays: `ask` sends it a message and resolves to its answer. */
export async function start(name, args, flags = []) {
  const child = fork(worker(name), args.map(String), { execArgv: flags })
  const next = () =>
    new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`${name} ${args.join(' ')} ended with ${code}`))
      child.once('exit', ended)
      child.once('message', (message) => {
        child.removeListener('exit', ended)
        resolve(message)
      })
    })
  const ready = await next()
  return {
    ready,
    ask(message) {
      const answer = next()
      child.send(message)
      return answer
    },
    stop() {
      child.kill()
    },
  }
}
