import type { StoreVerbs } from '../../src/testing/store-contract.js'

/** The store with 20 s for each verb in place of its own limit: on a busy machine a storm of 200 claims may outlast that. */
export function patientStore(store: StoreVerbs): StoreVerbs {
  const signal = (): AbortSignal => AbortSignal.timeout(20_000)
  return {
    claim: (key, options) => store.claim(key, { signal: signal(), ...options }),
    renew: (key, options) => store.renew(key, { signal: signal(), ...options }),
    finish: (key, options) => store.finish(key, { signal: signal(), ...options }),
    ...(store.reset === undefined ? {} : { reset: (key: string) => store.reset?.(key) ?? false }),
  }
}
