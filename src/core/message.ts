import type { BodyFormat, Message, Verified } from '../types.js'
import { IncomingRequest } from './incoming.js'

const UNVERIFIED: Verified = { coverage: 'none', signed: [] }

/** A request that becomes a message once it is verified: one object, so that nothing is copied. */
export class RequestMessage extends IncomingRequest implements Message {
  verified: Verified = UNVERIFIED
  readonly #format: BodyFormat
  #payload: { readonly value: unknown } | undefined

  constructor(format: BodyFormat, ...rest: ConstructorParameters<typeof IncomingRequest>) {
    super(...rest)
    this.#format = format
  }

  get payload(): unknown {
    this.#payload ??= { value: this.#format.decode(this.body, this) }
    return this.#payload.value
  }
}
