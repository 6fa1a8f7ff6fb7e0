// The red twin of a store: asked as always, and with its deduplication broken.
import { createHash, randomBytes } from 'node:crypto'

/** A key of this one claim's own, as long as the receiver's. */
const freshKey = (key, nonce) => `hp1:${createHash('sha256').update(`${key} ${nonce}`).digest('hex').slice(0, 40)}`

/** Every claim is won, because each has a key of its own. Claims, finishes and transactions still go to the real database. */
export function alwaysWon(store) {
  const { transaction } = store
  const onFreshKey = (verb) => (key, options) => store[verb](freshKey(key, options.nonce), options)
  return {
    ...store,
    claim: onFreshKey('claim'),
    renew: onFreshKey('renew'),
    finish: onFreshKey('finish'),
    transaction:
      transaction && ((key, ...rest) => transaction(freshKey(key, randomBytes(16).toString('hex')), ...rest)),
  }
}
