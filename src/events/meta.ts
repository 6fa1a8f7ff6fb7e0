/** One change of one entry: `whatsapp_business_account.messages`, `page.feed`. */
export interface MetaChange {
  /** `page`, `instagram`, `whatsapp_business_account` … */
  readonly object: string
  /** The entry it came in. */
  readonly entry: { readonly id: string; readonly time?: number }
  readonly field: string
  /** Of several messages or statuses it holds the one that the event is about; empty where the app does not ask for values. */
  readonly value: Readonly<Record<string, unknown>>
}

/** One messaging event of one entry: `page.messaging`, `instagram.messaging`, `page.standby`. */
export interface MetaMessaging {
  readonly object: string
  readonly entry: { readonly id: string; readonly time?: number }
  readonly field: 'messaging' | 'standby'
  readonly value: {
    readonly sender?: { readonly id: string }
    readonly recipient?: { readonly id: string }
    readonly timestamp?: number
    readonly message?: { readonly mid: string; readonly text?: string; readonly [field: string]: unknown }
    readonly [field: string]: unknown
  }
}

/** `object.field`. */
export interface MetaEvents {
  readonly [type: `${string}.messaging` | `${string}.standby`]: MetaMessaging
  readonly [type: `${string}.${string}`]: MetaChange | MetaMessaging
}
