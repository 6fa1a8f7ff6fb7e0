import { RequestError } from '../errors.js'
import { type FormFields, parseForm, parseFormText } from '../lib/form.js'
import { allHeaders, singleHeader } from '../lib/headers.js'
import { parseJson } from '../lib/json.js'
import type { Incoming, UnverifiedRequest, WebhookRequest } from '../types.js'

const EMPTY = new Uint8Array(0)
const NO_PARAMS: Readonly<Record<string, string | undefined>> = Object.freeze({})

/** One request on its way through the pipeline; a class because it is made per request. */
export class IncomingRequest implements Incoming {
  body: Uint8Array = EMPTY
  readonly now: number
  readonly toleranceMs: number
  readonly secretTimeoutMs: number
  readonly #request: WebhookRequest
  #json: { readonly value: unknown } | undefined
  #form: FormFields | undefined
  #headers: Readonly<Record<string, string>> | undefined

  constructor(request: WebhookRequest, now: number, toleranceMs: number, secretTimeoutMs: number) {
    this.#request = request
    this.now = now
    this.toleranceMs = toleranceMs
    this.secretTimeoutMs = secretTimeoutMs
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
    const { method, url, headers, params } = this.#request
    return { method, url, headers, params: params ?? NO_PARAMS }
  }

  header(name: string): string | undefined {
    return singleHeader(this.#request, name)
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
    this.#json ??= { value: parseJson(this.body) }
    return this.#json.value
  }
  form(): FormFields {
    this.#form ??= parseForm(this.body)
    return this.#form
  }
}
