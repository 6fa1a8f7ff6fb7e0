import type { BodyStream } from './_stream.js'

/** When a stream of which all was taken has told its end, after `ms` at the latest. */
export function ended(stream: BodyStream, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer)
      stream.removeListener('end', settle)
      stream.removeListener('close', settle)
      resolve()
    }
    const timer = setTimeout(settle, ms)
    stream.on('end', settle)
    stream.on('close', settle)
    stream.resume()
  })
}
