import { createConnection, createServer, type Socket } from 'node:net'

export interface StallingProxy {
  readonly port: number
  /** From now on nothing passes, and nobody is told: the server stands still, or the network swallows all. */
  stall(): void
  /** What was held back arrives. */
  resume(): void
  close(): Promise<void>
}

/** A TCP proxy that can stand still. */
export async function stallingProxy(host: string, port: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>()
  let stalled = false
  const server = createServer((client) => {
    const upstream = createConnection(port, host)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.on('data', (data) => void other.write(data))
      if (stalled) socket.pause()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stall() {
      stalled = true
      for (const socket of sockets) socket.pause()
    },
    resume() {
      stalled = false
      for (const socket of sockets) socket.resume()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
