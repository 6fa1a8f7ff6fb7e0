/** An interaction, as far as all kinds share it; `discord-api-types` has the full types. */
export interface DiscordInteraction {
  readonly id: string
  readonly application_id: string
  readonly type: number
  readonly token: string
  readonly version: number
  readonly guild_id?: string
  readonly channel_id?: string
  readonly data?: { readonly name?: string; readonly custom_id?: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/** A webhook event in its envelope. */
export interface DiscordWebhookEvent<Type extends string = string> {
  readonly version: number
  readonly application_id: string
  readonly type: 1
  readonly event: {
    readonly type: Type
    /** ISO 8601 in UTC, without a zone. */
    readonly timestamp: string
    readonly data?: Readonly<Record<string, unknown>>
  }
}

type Command = `${'APPLICATION_COMMAND' | 'APPLICATION_COMMAND_AUTOCOMPLETE'}.${string}`
type Component = `${'MESSAGE_COMPONENT' | 'MODAL_SUBMIT'}.${string}`
type Name =
  | `APPLICATION_${'AUTHORIZED' | 'DEAUTHORIZED'}`
  | `ENTITLEMENT_${'CREATE' | 'UPDATE' | 'DELETE'}`
  | 'QUEST_USER_ENROLLMENT'
  | `LOBBY_MESSAGE_${'CREATE' | 'UPDATE' | 'DELETE'}`
  | `GAME_DIRECT_MESSAGE_${'CREATE' | 'UPDATE' | 'DELETE'}`

type ByName = { readonly [Type in Name]: DiscordWebhookEvent<Type> }
type ByInteraction = { readonly [Type in Command | Component]: DiscordInteraction }
/** Webhook events by their name; interactions by kind and command name or custom id: `APPLICATION_COMMAND.ping`. */
export interface DiscordEvents extends ByName, ByInteraction {}
