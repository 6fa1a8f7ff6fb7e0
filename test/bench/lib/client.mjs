// A client that costs little: keep-alive connections, requests prepared as bytes, answers counted by their length.
import { once } from 'node:events'
import { connect } from 'node:net'

/** Sends `total` requests, `requestOf(n)` is the n-th, over `connections`; rejects for any status but 200. */
export async function send(port, total, connections, requestOf) {
  let sent = 0
  const sockets = []
  const clients = Array.from({ length: connections }, async () => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    sockets.push(socket)
    await once(socket, 'connect')
    await new Promise((resolve, reject) => {
      let pending = ''
      const next = () => (sent < total ? socket.write(requestOf(sent++)) : resolve())
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed the connection')))
      socket.on('data', (chunk) => {
        pending += chunk.toString('latin1')
        const end = pending.indexOf('\r\n\r\n')
        if (end < 0) return
        if (!pending.startsWith('HTTP/1.1 200')) return reject(new Error(pending.slice(0, 200)))
        const length = /\r\ncontent-length: (\d+)/i.exec(pending.slice(0, end))
        const chunked = /\r\ntransfer-encoding: chunked/i.test(pending.slice(0, end))
        if (chunked ? !pending.endsWith('0\r\n\r\n') : pending.length < end + 4 + Number(length?.[1] ?? 0)) return
        pending = ''
        next()
      })
      next()
    })
    socket.removeAllListeners()
    socket.destroy()
  })
  try {
    await Promise.all(clients)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}
