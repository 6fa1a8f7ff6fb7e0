// node workers/differential.mjs <times>: the packed build's HMAC beside createHmac, on random keys, algorithms, encodings and lengths.
import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { hmac } from 'hookproof/schemes/hmac'

/** How many were compared; throws for the first one that differs. */
function compared(times) {
  const boundaries = [
    55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 16_319, 16_320, 16_383, 16_384, 16_385, 16_512, 16_513,
  ]
  const algorithms = ['sha1', 'sha256', 'sha384', 'sha512']
  const encodings = ['hex', 'base64', 'base64url']
  for (let round = 0; round < times; round++) {
    const algorithm = algorithms[round % algorithms.length]
    const encoding = encodings[round % encodings.length]
    const key = randomBytes(randomInt(1, 200))
    const length = round % 64 === 0 ? boundaries[randomInt(boundaries.length)] : randomInt(301)
    const body = randomBytes(length)
    const right = createHmac(algorithm, key).update(body).digest(encoding)
    const wrong = createHmac(algorithm, key).update(body).update('!').digest(encoding)
    const scheme = hmac({
      secret: key.toString('base64'),
      key: 'base64',
      algorithm,
      encoding,
      shortSecrets: true,
      signature: { header: 's' },
    })
    const judged = (text) => typeof scheme.verify({ body, now: 0, toleranceMs: 0, header: () => text }) !== 'string'
    if (!judged(right) || judged(wrong))
      throw new Error(`differs: ${algorithm}, ${encoding}, key of ${key.length}, ${length} bytes`)
  }
  return times
}

process.send(compared(Number(process.argv[2])))
