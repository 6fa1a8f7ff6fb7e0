/** What of a message SNS signs; message attributes and UnsubscribeURL are not among it. */
export interface SnsNotification {
  readonly Type: 'Notification'
  readonly MessageId: string
  readonly TopicArn: string
  readonly Subject?: string
  readonly Message: string
  /** RFC 3339. */
  readonly Timestamp: string
}

/** A request to confirm that the topic's messages are wanted, or no longer wanted, here. */
export interface SnsConfirmation<Type extends string> {
  readonly Type: Type
  readonly MessageId: string
  readonly TopicArn: string
  readonly Token: string
  readonly SubscribeURL: string
  readonly Message: string
  /** RFC 3339. */
  readonly Timestamp: string
}

/** @see https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html */
export interface AwsSnsEvents {
  Notification: SnsNotification
  SubscriptionConfirmation: SnsConfirmation<'SubscriptionConfirmation'>
  UnsubscribeConfirmation: SnsConfirmation<'UnsubscribeConfirmation'>
}
