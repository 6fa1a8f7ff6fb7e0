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
