import { defineProvider, knownOptions } from '../define.js'
import type { DiscordEvents } from '../events/discord.js'
import { jsonReply } from '../schemes/challenge.js'
import { ed25519 } from '../schemes/ed25519.js'
import { json } from '../schemes/formats.js'
import { body, timestamp } from '../schemes/parts.js'
import { pick, pickText, timeOf } from '../schemes/pick.js'
import type { Identity, Message, Provider, Reply, SecretOption } from '../types.js'

export interface DiscordOptions {
  /** The application's public key: one, a list newest first, or a function. Another application's messages do not verify with it. */
  readonly publicKey: SecretOption
}

/**
 * Discord interactions and webhook events, one URL or two. Answer an interaction with `context.respond({ body: { type: 4, data } })`.
 * Throws ConfigError for options that cannot work. @see https://discord.com/developers/docs/interactions/overview
 */
export function discord<Events extends object = DiscordEvents>(options: DiscordOptions): Provider<'discord', Events> {
  const { publicKey } = knownOptions('discord', options, ['publicKey'])
  return defineProvider<'discord', Events>({
    id: 'discord',
    name: 'Discord',
    docs: 'https://discord.com/developers/docs/interactions/overview',
    scheme: ed25519({
      publicKey,
      signature: { header: 'x-signature-ed25519' },
      timestamp: { header: 'x-signature-timestamp', unit: 's' },
      signed: [timestamp, body],
    }),
    body: json,
    handshakes: { signed: pong },
    identify,
    facts: {
      coverage: 'full',
      idSigned: true,
      idStable: 'unconfirmed',
      toleranceSeconds: 900,
      deadlineSeconds: 3,
      retryHorizonSeconds: 600,
      statuses: { success: 204 },
      success: { headers: { 'content-type': 'application/json' } },
      on4xx: 'disables',
      unconfirmed: ['that a retried webhook event keeps its timestamp, by which it is known'],
    },
  })
}

/** Two kinds of ping: 1 for interactions, 0 for webhook events, whose own type is 1. */
function pong({ payload }: Message): Reply | undefined {
  const type = pick(payload, 'type')
  if (type === 0) return { status: 204, headers: { 'content-type': 'application/json' }, body: '' }
  return type === 1 && pick(payload, 'event') === undefined ? jsonReply({ type: 1 }) : undefined
}

const KINDS = ['APPLICATION_COMMAND', 'MESSAGE_COMPONENT', 'APPLICATION_COMMAND_AUTOCOMPLETE', 'MODAL_SUBMIT']

function identify(payload: unknown): Identity {
  const event = pickText(payload, 'event', 'type')
  const happened = timeOf(`${pickText(payload, 'event', 'timestamp')}Z`)
  if (event !== undefined) return { id: undefined, keyBySignedInput: true, type: event, timestamp: happened }
  const kind = KINDS[Number(pick(payload, 'type')) - 2] ?? ''
  const name = pickText(payload, 'data', 'name') ?? pickText(payload, 'data', 'custom_id')
  return { id: pickText(payload, 'id'), type: name === undefined ? kind : `${kind}.${name}` }
}
