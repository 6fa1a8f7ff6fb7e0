// A shop that invented its own scheme: HMAC-SHA256 over "<timestamp>.<body>", hex, signed by openssl.
import { randomUUID } from 'node:crypto'
import { opensslHmac } from './openssl.mjs'

const types = ['order.created', 'order.paid', 'order.shipped', 'order.returned', 'stock.low', 'customer.created']

const delivery = (type) => ({
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ event: type, id: randomUUID(), total: 4200, currency: 'EUR', note: 'für Zoë' })),
})

export const hmac = {
  name: 'HMAC',
  path: '/hmac',
  signedBy: 'openssl',
  idIn: 'signed body',
  timestamped: true,
  limit: 1024 * 1024,
  genuine: () => types.map(delivery),
  fresh: () => delivery('order.paid'),
  async sign({ headers, body }, secret, time = Date.now()) {
    const timestamp = String(Math.floor(time / 1000))
    const signature = await opensslHmac(secret, `${timestamp}.`, body)
    return { ...headers, 'x-shop-timestamp': timestamp, 'x-shop-signature': `sha256=${signature}` }
  },
  handshakes: [],
}
