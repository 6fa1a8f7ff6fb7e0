import { isThenable } from '../lib/thenable.js'
import type { Logger, Notice } from '../types.js'

/** Coded remarks: each once, once a minute, or every time. */
export interface Log {
  /** Every time. */
  error(code: string, message: string, fields?: object): void
  warn(code: string, message: string, fields?: object): void
  /** Once per receiver and code. */
  once(notice: Notice, fields?: object): void
  /** At most once a minute per code; `suppressed` counts the others. A function's text is made only where it is written. */
  perMinute(code: string, message: string | (() => string), fields?: object): void
}

const MINUTE_MS = 60_000

/** A logger that throws or rejects never reaches the pipeline. */
export function createLog(logger: Logger | false | undefined, base: object): Log {
  const target = logger === false ? undefined : (logger ?? consoleLogger)
  const said = new Set<string>()
  const minutes = new Map<string, { since: number; suppressed: number }>()
  const write = (level: 'warn' | 'error', code: string, message: string, fields: object | undefined): void => {
    try {
      const written: unknown = target?.[level]({ code, ...base, ...fields }, message) // an async function fits its type
      if (isThenable(written)) written.then(undefined, () => {})
    } catch {
      // A broken logger must not lose an event.
    }
  }
  return {
    error: (code, message, fields) => write('error', code, message, fields),
    warn: (code, message, fields) => write('warn', code, message, fields),
    once({ code, message }, fields): void {
      if (said.has(code)) return
      said.add(code)
      write('warn', code, message, fields)
    },
    perMinute(code, message, fields): void {
      if (target === undefined) return
      const now = performance.now()
      const last = minutes.get(code)
      if (last !== undefined && now - last.since < MINUTE_MS) {
        last.suppressed++
        return
      }
      minutes.set(code, { since: now, suppressed: 0 })
      write(
        'warn',
        code,
        typeof message === 'string' ? message : message(),
        last === undefined || last.suppressed === 0 ? fields : { ...fields, suppressed: last.suppressed },
      )
    },
  }
}

const consoleLogger: Logger = {
  // biome-ignore-start lint/suspicious/noConsole: the default logger is the console
  warn: (fields, message) => console.warn(`hookproof: ${message}`, fields),
  error: (fields, message) => console.error(`hookproof: ${message}`, fields),
  // biome-ignore-end lint/suspicious/noConsole: only here
}
