import { RequestError } from '../errors.js'
import { type FormFields, parseForm, parseFormText } from '../lib/form.js'
import { allHeaders, singleHeader } from '../lib/headers.js'
import { parseJson } from '../lib/json.js'
import type { BodyFormat, Message, UnverifiedRequest, Verified, WebhookRequest } from '../types.js'
import type { Settings } from './options.js'

const EMPTY = new Uint8Array(0)
const NO_PARAMS: Readonly<Record<string, string | undefined>> = Object.freeze({})
const UNVERIFIED: Verified = { coverage: 'none', signed: [] }
const NOT_YET = Symbol('not yet')

/** One request on its way through the pipeline; a message once it is verified. One object, so that nothing is copied. */
export class RequestMessage implements Message {
  readonly now: number
  readonly toleranceMs: number
  readonly secretTimeoutMs: number
  body: Uint8Array = EMPTY
  verified: Verified = UNVERIFIED
  readonly #request: WebhookRequest
  readonly #format: BodyFormat
  #json: unknown = NOT_YET
  #payload: unknown = NOT_YET
  #form: FormFields | undefined
  #headers: Readonly<Record<string, string>> | undefined
  // The last one found: the signature is asked for before the body is read, and again by the scheme.
  #headerName = ''
  #headerValue = ''

  constructor(request: WebhookRequest, format: BodyFormat, settings: Settings) {
    this.#request = request
    this.#format = format
    this.now = settings.clock()
    this.toleranceMs = settings.toleranceMs
    this.secretTimeoutMs = settings.secretTimeoutMs
  }

  get method(): string {
    return this.#request.method
  }
  get url(): string {
    return this.#request.url
  }
  get params(): Readonly<Record<string, string | undefined>> {
    return this.#request.params ?? NO_PARAMS
  }
  get unverified(): UnverifiedRequest {
    const { method, url, headers } = this.#request
    return { method, url, headers, params: this.params }
  }

  header(name: string): string | undefined {
    if (name !== this.#headerName) {
      const value = singleHeader(this.#request, name)
      if (value === undefined) return undefined
      this.#headerName = name
      this.#headerValue = value
    }
    return this.#headerValue
  }
  headers(): Readonly<Record<string, string>> {
    this.#headers ??= allHeaders(this.#request.headers)
    return this.#headers
  }
  query(name: string): string | undefined {
    const at = this.url.indexOf('?')
    if (at < 0) return undefined
    const fields = parseFormText(this.url.slice(at + 1).split('#')[0] ?? '')
    if (fields === undefined) throw new RequestError('ERR_URL_INVALID', { detail: 'broken escapes in the query' })
    const found = fields.filter(([key]) => key === name)
    if (found.length > 1) throw new RequestError('ERR_QUERY_DUPLICATED', { detail: name })
    return found[0]?.[1]
  }
  json(): unknown {
    if (this.#json === NOT_YET) this.#json = parseJson(this.body)
    return this.#json
  }
  form(): FormFields {
    this.#form ??= parseForm(this.body)
    return this.#form
  }
  get payload(): unknown {
    if (this.#payload === NOT_YET) this.#payload = this.#format.decode(this.body, this)
    return this.#payload
  }
}
