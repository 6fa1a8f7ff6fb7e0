import assert from 'node:assert/strict'
import type { Provider } from '../types.js'
import { withoutHeader } from './_without-header.js'
import { deliver } from './deliver.js'
import { type SignedRequest, signRequest } from './sign-request.js'
import type { ContractCase } from './store-contract.js'

export interface ConformanceOptions {
  /** Where the endpoint answers, with the provider's path. */
  readonly url: string | URL
  readonly provider: Provider
  readonly secret: string
  /** A body that your handlers can handle twice without harm. */
  readonly body: string | Uint8Array | object
  /** The event name, and the id that the delivery goes by. Called once a delivery, so that each can have an id of its own. */
  readonly headers?: (() => Readonly<Record<string, string>>) | undefined
}

/**
 * Whether a running endpoint, yours or anybody's, keeps the promises of a careful receiver: it sends genuine, repeated, forged and hostile
 * requests over HTTP. Cases for any test runner.
 *
 * @example
 * for (const { title, run } of conformance({ url, provider: github({ secret }), secret, body, headers })) it(title, run)
 */
export function conformance(options: ConformanceOptions): readonly ContractCase[] {
  const { url, provider, secret, body, headers = () => ({}) } = options
  const genuine = (): SignedRequest => signRequest(provider, { secret, body, headers: headers() })
  const status = async (request: SignedRequest): Promise<number> => (await deliver(url, request)).status
  const unverified = provider.facts.statuses?.unverified ?? 401
  const refuses = (
    title: string,
    change: (request: SignedRequest) => SignedRequest,
    expected: number,
  ): ContractCase => ({
    title,
    run: async () => assert.equal(await status(change(genuine())), expected),
  })
  const signature = provider.scheme.requires[0]?.anyOf[0] ?? ''
  return [
    {
      title: 'a genuine delivery is a success',
      run: async () => assert.equal(Math.floor((await status(genuine())) / 100), 2),
    },
    {
      title: 'a repeated delivery is a success and says that it is a duplicate',
      run: async () => {
        const request = genuine()
        await deliver(url, request)
        const again = await deliver(url, request)
        assert.equal(Math.floor(again.status / 100), 2)
        assert.equal(again.headers['x-webhook-duplicate'], '1')
      },
    },
    refuses('a body changed by one byte is refused', changedByte, unverified),
    refuses(
      'a signature by another secret is refused',
      () => signRequest(provider, { secret: '0'.repeat(32), body, headers: headers() }),
      unverified,
    ),
    refuses('a request without a signature is refused', (request) => withoutHeader(request, signature), unverified),
    refuses(
      'a compressed body is refused',
      (request) => ({ ...request, headers: { ...request.headers, 'content-encoding': 'gzip' } }),
      415,
    ),
    {
      title: 'another method is refused',
      run: async () => assert.equal((await deliver(url, { ...genuine(), method: 'PUT' })).status, 405),
    },
    {
      title: 'all refusals look alike',
      run: async () => {
        const forged = await deliver(url, changedByte(genuine()))
        const unsigned = await deliver(url, withoutHeader(genuine(), signature))
        assert.equal(forged.body, unsigned.body)
      },
    },
  ]
}

function changedByte(request: SignedRequest): SignedRequest {
  const body = Uint8Array.from(request.body)
  const last = body.length - 1
  body[last] = (body[last] ?? 0) ^ 1
  return { ...request, body }
}
