import { knownOptions } from '../define.js'
import { type Jose, jwt } from '../schemes/jwt.js'
import { setting } from '../schemes/setting.js'
import type { Fetch } from '../schemes/x509.js'
import type { Scheme } from '../types.js'

/** Tokens of Microsoft Entra ID, which Azure services attach to deliveries. */
export interface EntraOptions {
  /** Your directory's id: tokens of every other directory are refused. */
  readonly tenantId: string
  /** The application that the endpoint is protected with: its client id or application id URI. */
  readonly audience: string | readonly string[]
  /** The package jose. @default imported at the first request */
  readonly jose?: Jose | undefined
  /** Fetches the key set. @default the runtime's own */
  readonly fetch?: Fetch | undefined
}

/** Only Azure's own service may deliver, and only in the role that it was given. @see https://learn.microsoft.com/entra/identity-platform/access-tokens */
export function entra(options: EntraOptions, service: { readonly appId: string; readonly role: string }): Scheme {
  const { tenantId, audience, jose, fetch } = knownOptions('entra', options, ['tenantId', 'audience', 'jose', 'fetch'])
  const tenant = setting('tenantId', tenantId, /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  return jwt({
    jwks: `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`,
    // Tokens of version 2 and 1: the application's registration decides.
    issuer: [`https://login.microsoftonline.com/${tenant}/v2.0`, `https://sts.windows.net/${tenant}/`],
    audience,
    claims: [
      { names: ['azp', 'appid'], value: service.appId },
      { names: ['roles'], value: service.role },
    ],
    jose,
    fetch,
  })
}
