import type { Scheme } from '../types.js'

/** Accepts everything: for `allowUnverified: true`, where a sender offers nothing to check, or the network in front has done it. */
export function none(): Scheme {
  return {
    kind: 'none',
    coverage: 'none',
    timestamped: false,
    requires: [],
    warnings: [
      { code: 'WARN_UNVERIFIED', message: 'allowUnverified is set: whoever knows the URL can make the handlers run' },
    ],
    verify: () => ({ coverage: 'none', signed: [] }),
  }
}

/** The scheme, unless the user explicitly does without one; it is made only then, so that its secret is not missed. */
export function unlessUnverified(allowUnverified: boolean | undefined, scheme: () => Scheme): Scheme {
  return allowUnverified === true ? none() : scheme()
}
