/** One change; which fields there are depends on the subscription. */
export interface HubSpotEvent {
  readonly eventId: number
  readonly subscriptionId: number
  readonly portalId: number
  readonly appId: number
  /** ms since the epoch. */
  readonly occurredAt: number
  readonly subscriptionType: string
  /** 0 for the first one. */
  readonly attemptNumber: number
  readonly objectId?: number
  readonly [field: string]: unknown
}
/** By `subscriptionType`: `contact.creation`, `deal.propertyChange`. */
export type HubSpotEvents = Readonly<Record<string, HubSpotEvent>>
