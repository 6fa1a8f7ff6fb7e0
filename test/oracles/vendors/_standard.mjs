import { JSON_TYPE, jsonBody, mac, NOW } from './_shared.mjs'

const own = Buffer.alloc(32, 5)
export const options = { secret: `whsec_${own.toString('base64')}` }

/** Requests of the Standard Webhooks form under one family of header names. */
export function familyOf(family, Webhook) {
  const [nameOf, timeOf, signature] = ['id', 'timestamp', 'signature'].map((name) => `${family}-${name}`)

  function make(random, { key, time = 0, name = random.word(), text = String(Math.trunc((NOW + time) / 1000)) } = {}) {
    const body = jsonBody(random, { type: 'invoice.paid' })
    const at = new Date(1000 * Number.parseInt(text, 10))
    const secret = key === undefined ? options.secret : `whsec_${Buffer.from(key).toString('base64')}`
    const value = new Webhook(secret).sign(name, at, body.toString())
    const other = mac('sha256', 'old', 'base64', 'x')
    const list = random.pick([value, `v1,${other} ${value}`, `v1a,${other} ${value}`, `${value} v2,${other}`])
    return {
      method: 'POST',
      url: '/hooks',
      headers: { ...JSON_TYPE, [nameOf]: name, [timeOf]: text, [signature]: list },
      body,
    }
  }

  const over = (change) => (random) => {
    const { headers, ...request } = make(random)
    return { ...request, headers: { ...headers, ...change(headers) } }
  }
  const mutations = {
    'id: another one': over(() => ({ [nameOf]: 'other' })),
    'id: with a dot, signed': (random) => make(random, { name: `a.${random.word(4)}` }),
    'id: empty': over(() => ({ [nameOf]: '' })),
    'time: another one': over(() => ({ [timeOf]: String(NOW / 1000 + 1) })),
    'time: letters after it': over(() => ({ [timeOf]: `${NOW / 1000}abc` })),
    'time: a fraction': over(() => ({ [timeOf]: `${NOW / 1000}.5` })),
    'signature: another version': over((headers) => ({ [signature]: headers[signature].replaceAll('v1,', 'v2,') })),
    'signature: in base64url': over((headers) => ({
      [signature]: headers[signature].replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
    })),
  }
  return { make, mutations, over, signature, names: { nameOf, timeOf } }
}

export const differences = {
  'id: with a dot, signed': ['theirs', 'an id with a dot'],
  'time: letters after it': ['theirs', 'a time with letters or a fraction after it'],
  'time: a fraction': ['theirs', 'a time with letters or a fraction after it'],
  'signature: a space before': ['theirs', 'an empty entry in the list of signatures'],
}
/** A bit or an end of another entry of the list. */
export const harmless = ['signature: a bit', 'signature: cut', 'signature: a character more']
