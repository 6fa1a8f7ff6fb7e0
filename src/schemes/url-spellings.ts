import { parseFormText } from '../lib/form.js'

/**
 * The spellings of a URL that senders are known to sign: with and without the port, as it is, as the URL standard writes it, and with its
 * query decoded and encoded again. The first one is the URL without a port.
 */
export function urlSpellings(url: string): readonly string[] {
  const normal = normalised(url)
  const all = [...ports(url), ...ports(normal), ...ports(requeried(normal))]
  return [...new Set(all)]
}

function normalised(url: string): string {
  try {
    return new URL(url).href
  } catch {
    return url
  }
}

/** Nothing but the port changes: what is signed are the exact characters. */
function ports(url: string): readonly string[] {
  const match = /^(https?:\/\/)((?:[^/?#]*@)?)(\[[^\]]*\]|[^/?#:]*)((?::\d*)?)(.*)$/is.exec(url)
  if (match === null) return [url]
  const [, scheme = '', user = '', host = '', port = '', rest = ''] = match
  const usual = scheme.toLowerCase() === 'https://' ? ':443' : ':80'
  return [scheme + user + host + rest, scheme + user + host + (port === '' ? usual : port) + rest]
}

function requeried(url: string): string {
  const at = url.indexOf('?')
  const fields = at < 0 ? undefined : parseFormText(url.slice(at + 1))
  if (fields === undefined || fields.length === 0) return url
  const query = fields.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
  return `${url.slice(0, at)}?${query}`
}
