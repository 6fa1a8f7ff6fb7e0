import { defineProvider, knownOptions } from '../define.js'
import { CREDENTIAL_OPTIONS, type CredentialOptions, credentials } from '../schemes/credentials.js'
import { json } from '../schemes/formats.js'
import { joinId, pick, pickText } from '../schemes/pick.js'
import type { Identity, Provider } from '../types.js'
import { type EntraOptions, entra } from './_entra.js'

/** Microsoft Entra ID (a secure webhook), or a `token` in the URL: a plain webhook has no headers of yours. */
export interface AzureMonitorOptions extends CredentialOptions {
  readonly entra?: EntraOptions | undefined
}

const SERVICE = { appId: '461e8683-5575-4561-ac7f-899cc907d62a', role: 'ActionGroupsSecureWebhook' }

/**
 * Azure Monitor alerts in the common alert schema. Throws ConfigError for options that cannot work.
 * @see https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups
 */
export function azureMonitor<Events extends object = object>(
  options: AzureMonitorOptions,
): Provider<'azure-monitor', Events> {
  const known = knownOptions('azureMonitor', options, [...CREDENTIAL_OPTIONS, 'entra'])
  const scheme = credentials(known, known.entra && entra(known.entra, SERVICE))
  return defineProvider<'azure-monitor', Events>({
    id: 'azure-monitor',
    name: 'Azure Monitor',
    docs: 'https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups',
    scheme,
    body: json,
    identify,
    facts: {
      coverage: scheme.coverage,
      idSigned: false,
      idStable: 'unconfirmed',
      retryHorizonSeconds: 300,
      // A 500 is final: it retries 408, 429, 503 and 504 only.
      statuses: { retry: 503 },
      on4xx: 'drops',
      unconfirmed: [
        'how long it waits for an answer, and so how long its 5 retries take',
        'a retry has the same times',
      ],
    },
  })
}

/** An alert that fires again has its id and condition again: the times differ. */
function identify(payload: unknown): Identity {
  const alert = pick(payload, 'data', 'essentials')
  const condition = pickText(alert, 'monitorCondition')
  const at = pickText(alert, 'resolvedDateTime') ?? pickText(alert, 'firedDateTime')
  return { id: joinId(pickText(alert, 'alertId'), condition, at), type: condition ?? '' }
}
