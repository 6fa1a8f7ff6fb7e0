import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MountedAdapter } from '../../src/testing/adapter-contract.js'

/** Where every test server mounts the endpoint: a router cuts `/hooks` off, the rest is the parameter `tenant`. */
export const PREFIX = '/hooks'
export const TENANT = 'acme'

/** Starts a Node server on a free port of the loopback interface. */
export async function listening(server: Server): Promise<MountedAdapter> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: urlOf((server.address() as AddressInfo).port), // a TCP server has one
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function urlOf(port: number): string {
  return `http://127.0.0.1:${port}${PREFIX}/${TENANT}`
}
