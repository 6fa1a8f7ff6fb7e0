import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))

/** A program of the repository in a process of its own, with the built package. */
export class RunningProgram {
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown[]>
  output = ''

  constructor(path: string, env: Record<string, string> = {}, args: readonly string[] = []) {
    if (!existsSync(`${root}dist/index.js`)) throw new Error('the package is not built: npm run build')
    this.#child = spawn(process.execPath, [path, ...args], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'test', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#exit = once(this.#child, 'exit')
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk
      })
    }
  }

  /** Resolves with the first group, or the whole, of what the program prints. */
  async prints(pattern: RegExp, withinMs: number = 15_000): Promise<string> {
    const until = performance.now() + withinMs
    for (;;) {
      const match = pattern.exec(this.output)
      if (match !== null) return match[1] ?? match[0]
      if (this.#child.exitCode !== null || performance.now() > until)
        throw new Error(`the program does not print ${pattern}, but: ${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** A line for the program's standard input. */
  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Exit code, or the signal that ended the program. */
  async ends(): Promise<unknown> {
    const [code, signal] = await this.#exit
    return code ?? signal
  }
}
