import { Buffer } from 'node:buffer'

function flipped(bytes, random) {
  const copy = Buffer.from(bytes)
  const bit = random.below(copy.length * 8)
  copy[bit >> 3] ^= 1 << (bit & 7)
  return copy
}

/** Mutations that every vendor's requests can take; `vendor` is a file of vendors/. */
export function mutationsOf(vendor) {
  const { signature, make, timestamp, mutations = {} } = vendor
  const changed = (change) => (random) => {
    const request = make(random)
    return { ...request, ...change(request, random) }
  }
  const signed = (change) =>
    changed(({ headers }, random) => ({ headers: { ...headers, [signature]: change(headers[signature], random) } }))
  /** Where a header holds it; else the vendor's own mutations do the same. */
  const inHeader = {
    'signature: a bit': signed((text, random) => flipped(Buffer.from(text, 'latin1'), random).toString('latin1')),
    'signature: cut': signed((text, random) => text.slice(0, random.below(text.length))),
    'signature: a character more': signed((text) => `${text}0`),
    'signature: a space before': signed((text) => ` ${text}`),
    'signature: in capitals': signed((text) => text.toUpperCase()),
    'signature: empty': signed(() => ''),
    'signature: of another request': (random) => {
      const [request, other] = [make(random), make(random)]
      return { ...request, headers: { ...request.headers, [signature]: other.headers[signature] } }
    },
    'signature: missing': changed(({ headers: { [signature]: _, ...headers } }) => ({ headers })),
  }
  const common = {
    'body: a bit': changed(({ body }, random) =>
      body.length === 0 ? { body: Buffer.from('x') } : { body: flipped(body, random) },
    ),
    'body: a newline more': changed(({ body }) => ({ body: Buffer.concat([body, Buffer.from('\n')]) })),
    'body: cut': changed(({ body }, random) =>
      body.length === 0 ? { body: Buffer.from('y') } : { body: body.subarray(0, random.below(body.length)) },
    ),
    ...(signature === undefined ? {} : inHeader),
    'key: another one': (random) => make(random, { key: random.word(24) }),
  }
  const timed =
    timestamp === undefined
      ? {}
      : {
          'time: too old, signed': (random) => make(random, { time: -timestamp - 1000 * (1 + random.below(100_000)) }),
          'time: too new, signed': (random) => make(random, { time: timestamp + 1000 * (1 + random.below(100_000)) }),
        }
  return { ...common, ...timed, ...mutations }
}
