/** What happened to a message that was sent. */
export interface MandrillMessageEvent {
  readonly event: string
  /** Unix seconds. */
  readonly ts: number
  /** The message's id. */
  readonly _id: string
  readonly msg: {
    readonly _id: string
    readonly email: string
    readonly state?: string
    readonly [field: string]: unknown
  }
  readonly url?: string
  readonly ip?: string
  readonly user_agent?: string
  readonly [field: string]: unknown
}

/** A mail that came in. */
export interface MandrillInbound {
  readonly event: 'inbound'
  readonly ts: number
  readonly msg: {
    readonly raw_msg?: string
    readonly from_email?: string
    readonly subject?: string
    readonly [field: string]: unknown
  }
}

/** An entry of the allow or deny list that was added, changed or removed. */
export interface MandrillListChange {
  readonly type: string
  readonly action: string
  readonly ts: number
  readonly [field: string]: unknown
}

type Name =
  | 'send'
  | 'deferral'
  | 'delivered'
  | 'hard_bounce'
  | 'soft_bounce'
  | 'open'
  | 'click'
  | 'spam'
  | 'unsub'
  | 'reject'
type Change = `${'blacklist' | 'whitelist'}.${'add' | 'change' | 'remove'}`
type ByName = { readonly [Type in Name]: MandrillMessageEvent }
type ByChange = { readonly [Type in Change]: MandrillListChange }
export interface MandrillEvents extends ByName, ByChange {
  readonly inbound: MandrillInbound
}
