import { defineProvider, knownOptions } from '../define.js'
import { allow } from '../schemes/allow.js'
import { allowedOrigin } from '../schemes/allowed-origin.js'
import { echo, jsonReply } from '../schemes/challenge.js'
import { CREDENTIAL_OPTIONS, type CredentialOptions, credentials } from '../schemes/credentials.js'
import { json } from '../schemes/formats.js'
import { pick, pickText } from '../schemes/pick.js'
import type { Identity, Message, Provider, Reply } from '../types.js'
import { type EntraOptions, entra } from './_entra.js'

/** Microsoft Entra ID, or a secret that you add as a delivery property (`token` with its `header`) or as a parameter of the URL. */
export interface AzureEventGridOptions extends CredentialOptions {
  readonly entra?: EntraOptions | undefined
  /** Names of your subscriptions: no other one is validated or delivers. @default all that prove themselves */
  readonly allow?: string | readonly string[] | undefined
  /** Who may deliver CloudEvents. @default 'eventgrid.azure.net' */
  readonly allowedOrigins?: string | readonly string[] | undefined
}

const SERVICE = { appId: '4962773b-9cdb-44cf-a8bf-237846a00ab7', role: 'AzureEventGridSecureWebhookSubscriber' }
const VALIDATION = 'Microsoft.EventGrid.SubscriptionValidationEvent'

/**
 * Azure Event Grid, both schemas; up to 5,000 events a request. Mount it with `app.all`: CloudEvents begin with an OPTIONS request. Throws ConfigError
 * for options that cannot work. @see https://learn.microsoft.com/azure/event-grid/secure-webhook-delivery
 */
export function azureEventGrid<Events extends object = object>(
  options: AzureEventGridOptions,
): Provider<'azure-event-grid', Events> {
  const known = knownOptions('azureEventGrid', options, [...CREDENTIAL_OPTIONS, 'entra', 'allow', 'allowedOrigins'])
  const { allow: names, allowedOrigins = 'eventgrid.azure.net' } = known
  const proven = credentials(known, known.entra && entra(known.entra, SERVICE))
  const subscription = (message: Pick<Message, 'header'>): unknown => message.header('aeg-subscription-name')
  const scheme =
    names === undefined
      ? proven
      : allow({ scheme: proven, allow: names, of: subscription, as: (name) => name.toUpperCase() })
  return defineProvider<'azure-event-grid', Events>({
    id: 'azure-event-grid',
    name: 'Azure Event Grid',
    docs: 'https://learn.microsoft.com/azure/event-grid/secure-webhook-delivery',
    scheme,
    body: json,
    handshakes: { ...allowedOrigin(allowedOrigins), signed: validation },
    events: ({ payload }) => (Array.isArray(payload) ? payload : [payload]),
    identify,
    facts: {
      coverage: scheme.coverage,
      idSigned: false,
      idStable: 'yes',
      deadlineSeconds: 30,
      retryHorizonSeconds: 24 * 3600,
      maxBodyBytes: 2 * 1024 * 1024,
      on4xx: 'drops',
      unconfirmed: ['a body limit: batches of 1 MiB'],
    },
  })
}

function validation({ payload }: Message): Reply | undefined {
  const [event, ...others]: readonly unknown[] = Array.isArray(payload) ? payload : []
  if (others.length > 0 || pickText(event, 'eventType') !== VALIDATION) return undefined
  const code = pick(event, 'data', 'validationCode')
  return typeof echo(code) === 'string' ? undefined : jsonReply({ validationResponse: code })
}

/** An id is unique for its source or topic, as publishers choose it; both are URIs or paths, without spaces. */
function identify(event: unknown): Identity {
  const [id, source] = [pickText(event, 'id'), pickText(event, 'source') ?? pickText(event, 'topic')]
  const type = pickText(event, 'type') ?? pickText(event, 'eventType') ?? ''
  return { id: id === undefined || source === undefined ? id : `${source} ${id}`, type }
}
