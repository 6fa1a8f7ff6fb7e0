import type { SlackEvent, View } from '@slack/types'

// The names that the payloads are made of: without them no declaration of a user's can hold `event.payload.event`.
export type * from '@slack/types'

/** What the Events API sends around an event. @see https://docs.slack.dev/apis/events-api */
export interface SlackEnvelope<Event = SlackEvent> {
  readonly type: 'event_callback'
  readonly event: Event
  readonly event_id: string
  /** Seconds since the epoch. */
  readonly event_time: number
  readonly api_app_id: string
  readonly team_id: string
  readonly enterprise_id?: string
  readonly context_team_id?: string | null
  readonly context_enterprise_id?: string | null
  readonly is_ext_shared_channel?: boolean
  readonly event_context?: string
  readonly authorizations?: readonly {
    readonly enterprise_id: string | null
    readonly team_id: string | null
    readonly user_id: string
    readonly is_bot: boolean
    readonly is_enterprise_install?: boolean
  }[]
}

/** Fields of a slash command, all texts. @see https://docs.slack.dev/interactivity/implementing-slash-commands */
export interface SlackCommand {
  readonly command: string
  readonly text: string
  readonly trigger_id: string
  readonly response_url: string
  readonly user_id: string
  readonly user_name: string
  readonly team_id: string
  readonly team_domain: string
  readonly channel_id: string
  readonly channel_name: string
  readonly api_app_id: string
  readonly enterprise_id?: string
  readonly enterprise_name?: string
  readonly is_enterprise_install?: string
}

/** What all interactions share. @see https://docs.slack.dev/reference/interaction-payloads */
export interface SlackInteraction<Type extends string> {
  readonly type: Type
  readonly user: { readonly id: string; readonly username?: string; readonly name?: string; readonly team_id?: string }
  readonly team: { readonly id: string; readonly domain?: string } | null
  readonly enterprise?: { readonly id: string; readonly name?: string } | null
  readonly api_app_id?: string
  readonly channel?: { readonly id: string; readonly name?: string }
  readonly trigger_id?: string
  readonly response_url?: string
  readonly [field: string]: unknown
}

/** One used element of a message or view. */
export interface SlackAction {
  readonly type: string
  readonly action_id: string
  readonly block_id: string
  readonly action_ts: string
  readonly value?: string
  readonly [field: string]: unknown
}

/** A view with what the user put in. */
export type SlackView = View & {
  readonly id: string
  readonly hash: string
  readonly state: { readonly values: object }
}

type Actions = { readonly actions: readonly SlackAction[]; readonly view?: SlackView }
type Callback = { readonly callback_id: string }

interface Interactions {
  block_actions: SlackInteraction<'block_actions'> & Actions
  block_suggestion: SlackInteraction<'block_suggestion'> & { readonly action_id: string; readonly value: string }
  dialog_cancellation: SlackInteraction<'dialog_cancellation'> & Callback
  dialog_submission: SlackInteraction<'dialog_submission'> & Callback
  dialog_suggestion: SlackInteraction<'dialog_suggestion'> & Callback
  interactive_message: SlackInteraction<'interactive_message'> & Callback
  message_action: SlackInteraction<'message_action'> & Callback
  shortcut: SlackInteraction<'shortcut'> & Callback
  view_closed: SlackInteraction<'view_closed'> & { readonly view: SlackView; readonly is_cleared: boolean }
  view_submission: SlackInteraction<'view_submission'> & { readonly view: SlackView }
}

type Callbacks = { [E in Exclude<SlackEvent, { type: 'app_rate_limited' }> as E['type']]: SlackEnvelope<E> }
type Limits = { [E in Extract<SlackEvent, { type: 'app_rate_limited' }> as E['type']]: E }
type Named = { [Name in keyof Interactions as `${Name}.${string}`]: Interactions[Name] }
type ByName = Callbacks & Limits & Named & { [command: `slash_command.${string}`]: SlackCommand }

/**
 * Events of `@slack/types` in their envelope; interactions as `block_actions.<action_id>`, `view_submission.<callback_id>` and so on;
 * commands as `slash_command.<name>`, without the slash. @see https://docs.slack.dev/reference/events
 */
// An interface keeps the map closed for the checker: a bare mapped type costs twenty times the work.
export interface SlackEvents extends ByName {}
