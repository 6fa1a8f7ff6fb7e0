import { type Fetch, fetchBytes } from '../lib/remote.js'
import { configuredUrl } from './remote-key.js'

export type { Fetch } from '../lib/remote.js'

/**
 * GETs a URL that was put together here, and nothing that a request brought (5 s, 16 kB, no redirects). Throws ConfigError ERR_KEY_LOOKUP unless it
 * answers 200, ERR_OPTION_INVALID unless it is https.
 */
export async function call(
  url: string,
  query: Readonly<Record<string, string>>,
  options: { readonly fetch?: Fetch | undefined } = {},
): Promise<string> {
  const address = `${configuredUrl(url, 'call', 'url')}?${new URLSearchParams(query).toString()}`
  return (await fetchBytes(address, { fetch: options.fetch })).toString('utf8')
}
