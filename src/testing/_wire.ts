import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One answer as its bytes on the wire say it. */
export interface WireReply {
  readonly status: number
  /** Names in lower case; repeated fields joined by ', '. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What is sent. `headers` in order and spelling; `body` undefined: the headers only. */
export interface WireRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: Uint8Array | undefined
  /** Written in this many bytes a chunk, with chunked transfer coding. */
  readonly chunkBytes?: number
  /** Announced in place of the body's own length. */
  readonly length?: number
}

const PATIENCE_MS = 8000
const BREAK = Buffer.from('\r\n\r\n')

/** A connection without an HTTP client in between: nothing is hidden, repaired or retried. */
export class Wire {
  readonly socket: Socket
  readonly #url: URL
  #received = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | undefined

  private constructor(url: URL, socket: Socket) {
    this.#url = url
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake?.()
    })
    // A reset is an end: what came before it is all there is.
    socket.on('error', () => {})
    socket.on('close', () => this.#end())
    socket.on('end', () => this.#end())
  }

  static async open(url: URL): Promise<Wire> {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) })
    await once(socket, 'connect')
    return new Wire(url, socket)
  }

  /** The request's head: all up to the body. */
  head(request: WireRequest): string {
    const { method = 'POST', path = this.#url.pathname, headers = [], body, chunkBytes } = request
    const length = request.length ?? body?.length
    const framing =
      chunkBytes !== undefined
        ? ['Transfer-Encoding: chunked']
        : length === undefined
          ? []
          : [`Content-Length: ${length}`]
    const fields = headers.map(([name, value]) => `${name}: ${value}`)
    return [`${method} ${path} HTTP/1.1`, `Host: ${this.#url.host}`, ...framing, ...fields, '', ''].join('\r\n')
  }

  write(bytes: Uint8Array | string): void {
    if (!this.socket.destroyed) this.socket.write(bytes)
  }

  send(request: WireRequest): void {
    const { body, chunkBytes } = request
    this.write(this.head(request))
    if (body === undefined) return
    if (chunkBytes === undefined) this.write(body)
    else this.write(chunked(body, chunkBytes))
  }

  /** The next answer. Rejects where none comes within 8 s, or the server ends the connection before it is whole. */
  async reply(method = 'POST'): Promise<WireReply> {
    const head = await this.#take((bytes) => bytes.indexOf(BREAK), BREAK.length)
    const [line = '', ...fields] = head.toString('latin1').split('\r\n')
    const status = Number(line.split(' ')[1])
    if (status === 100) return this.reply(method)
    const headers = parseFields(fields)
    return { status, headers, body: await this.#body(method, status, headers) }
  }

  /** Whether the server ends the connection by itself. */
  async closes(withinMs: number = PATIENCE_MS): Promise<boolean> {
    const until = performance.now() + withinMs
    while (!this.#ended && performance.now() < until) await this.#more(until)
    return this.#ended
  }

  destroy(): void {
    this.socket.destroy()
  }

  async #body(method: string, status: number, headers: WireReply['headers']): Promise<Buffer> {
    if (method === 'HEAD' || status === 204 || status === 304) return Buffer.alloc(0)
    if (headers['transfer-encoding'] === 'chunked') return this.#chunks()
    const length = headers['content-length']
    if (length !== undefined) return this.#take((bytes) => (bytes.length >= Number(length) ? Number(length) : -1), 0)
    await this.closes()
    return this.#take((bytes) => bytes.length, 0)
  }

  async #chunks(): Promise<Buffer> {
    const parts: Buffer[] = []
    for (;;) {
      const size = await this.#take((bytes) => bytes.indexOf('\r\n'), 2)
      const length = Number.parseInt(size.toString('latin1'), 16)
      parts.push(await this.#take((bytes) => (bytes.length >= length + 2 ? length : -1), 2))
      if (length === 0) return Buffer.concat(parts)
    }
  }

  /** Bytes up to where `find` says, and `extra` ones dropped. */
  async #take(find: (bytes: Buffer) => number, extra: number): Promise<Buffer> {
    const until = performance.now() + PATIENCE_MS
    for (;;) {
      const at = find(this.#received)
      if (at >= 0) {
        const taken = this.#received.subarray(0, at)
        this.#received = this.#received.subarray(at + extra)
        return taken
      }
      const seen = JSON.stringify(this.#received.toString('latin1').slice(0, 200))
      if (this.#ended) throw new Error(`the server ended the connection; received: ${seen}`)
      if (performance.now() >= until) throw new Error(`no whole answer within ${PATIENCE_MS} ms; received: ${seen}`)
      await this.#more(until)
    }
  }

  async #more(until: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, until - performance.now()))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #end(): void {
    this.#ended = true
    this.#wake?.()
  }
}

/** A body in chunked transfer coding. */
export function chunked(body: Uint8Array, chunkBytes: number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; at += chunkBytes) {
    const part = body.subarray(at, at + chunkBytes)
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), Buffer.from(part), Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

function parseFields(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const at = line.indexOf(':')
    const name = line.slice(0, at).toLowerCase()
    const value = line.slice(at + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}
