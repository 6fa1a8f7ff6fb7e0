import { defineProvider, knownOptions } from '../define.js'
import { CREDENTIAL_OPTIONS, type CredentialOptions, credentials } from '../schemes/credentials.js'
import { json } from '../schemes/formats.js'
import { pickText } from '../schemes/pick.js'
import type { Provider } from '../types.js'

/** User name and password of the service hook, or a `token` in one of its headers. */
export type AzureDevopsOptions = CredentialOptions

/**
 * Azure DevOps service hooks. Nothing is signed. Throws ConfigError for options that cannot work.
 * @see https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks
 */
export function azureDevops<Events extends object = object>(
  options: AzureDevopsOptions,
): Provider<'azure-devops', Events> {
  const scheme = credentials(knownOptions('azureDevops', options, CREDENTIAL_OPTIONS))
  return defineProvider<'azure-devops', Events>({
    id: 'azure-devops',
    name: 'Azure DevOps',
    docs: 'https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks',
    scheme,
    body: json,
    identify: (payload) => ({ id: pickText(payload, 'id'), type: pickText(payload, 'eventType') ?? '' }),
    facts: {
      coverage: scheme.coverage,
      idSigned: false,
      idStable: 'unconfirmed',
      // On probation, into which repeated failures lead; else 3 minutes.
      retryHorizonSeconds: 36 * 3600,
      // A 500 is final: of the failures it retries 408, 502, 503 and 504 only.
      statuses: { retry: 503 },
      on4xx: 'disables',
      unconfirmed: ['a retry has the same id', 'how long it waits for an answer'],
    },
  })
}
