import { createConnection, createServer, type Socket } from 'node:net'

export interface CuttingProxy {
  readonly port: number
  /** What happens at the next message of a client that holds `text`: it is lost, or it arrives and its answer is lost. */
  cutAt(text: string, when: 'before' | 'after'): void
  close(): Promise<void>
}

/** A TCP proxy that ends a connection at a chosen moment. */
export async function cuttingProxy(host: string, port: number): Promise<CuttingProxy> {
  let cut: { text: string; when: 'before' | 'after' } | undefined
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = createConnection(port, host)
    const end = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', end)
    }
    let silenced = false
    client.on('data', (data) => {
      if (cut === undefined || !data.includes(cut.text)) return void upstream.write(data)
      const { when } = cut
      cut = undefined
      if (when === 'before') return end()
      silenced = true
      upstream.write(data)
    })
    // The answer shows that the server has acted; the client never sees it.
    upstream.on('data', (data) => (silenced ? end() : void client.write(data)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cutAt(text, when) {
      cut = { text, when }
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
