import { invalidOption } from '../lib/options.js'
import { isThenable } from '../lib/thenable.js'
import type { Incoming, Scheme, Verdict } from '../types.js'

/** A request by which a vendor tries an endpoint out, signed with a key that it prints in its docs. */
export interface TrialOptions {
  /** How real requests are signed. */
  readonly scheme: Scheme
  /** The same with the printed key. */
  readonly trial: Scheme
  /** Whether a request can do no harm, whoever sent it. */
  readonly harmless: (incoming: Incoming) => boolean
}

/** Lets the vendor's trial pass, with coverage 'none'. Throws ConfigError ERR_OPTION_INVALID unless the trial's key is fixed. */
export function trial({ scheme, trial: printed, harmless }: TrialOptions): Scheme {
  const judge = (verdict: Verdict, incoming: Incoming): Verdict => {
    if (verdict !== 'ERR_SIGNATURE_MISMATCH' || !harmless(incoming)) return verdict
    const second = printed.verify(incoming)
    if (isThenable(second)) throw invalidOption('trial', 'the key', 'fixed, not a function')
    return typeof second === 'string' ? verdict : { coverage: 'none', signed: [] }
  }
  return {
    ...scheme,
    verify(incoming) {
      const verdict = scheme.verify(incoming)
      return isThenable(verdict) ? verdict.then((later) => judge(later, incoming)) : judge(verdict, incoming)
    },
  }
}
