import http from 'node:http'
import net from 'node:net'

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
const PATIENCE_MS = 10_000

/** One request with exactly these headers and bytes. */
export function send(url, { method = 'POST', headers, body }) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.length) }
    const request = http.request(
      url,
      { method, agent, headers: { ...headers, ...length }, timeout: PATIENCE_MS },
      (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() })
        })
      },
    )
    request.on('timeout', () => request.destroy(new Error(`no answer from ${url} in ${PATIENCE_MS} ms`)))
    request.on('error', reject)
    request.end(body)
  })
}

/** Writes these lines and chunks onto a socket, as no well-behaved client would, and reads the status line of the answer. */
export function sendRaw(url, headerLines, chunks = []) {
  const { hostname, port, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname)
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`no answer from ${url} in ${PATIENCE_MS} ms`)))
    let answer = ''
    let answered = false
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]
      if (status === undefined) return
      answered = true
      socket.destroy()
      resolve({ status: Number(status), headers: {}, text: answer })
    })
    // The server may hang up while we still write: what counts is whether it answered.
    socket.on('error', (error) => answered || socket.readableEnded || reject(error))
    socket.on('connect', async () => {
      socket.write([`POST ${pathname} HTTP/1.1`, `host: ${hostname}:${port}`, ...headerLines, '', ''].join('\r\n'))
      for (const chunk of chunks) {
        if (socket.destroyed) return
        if (!socket.write(chunk)) await room(socket)
      }
    })
  })
}

/** Until the socket takes more, or is gone. */
function room(socket) {
  return new Promise((resolve) => {
    const done = () => {
      socket.removeListener('drain', done).removeListener('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}
