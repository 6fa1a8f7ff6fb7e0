import type { EventPayloadMap } from '@octokit/webhooks-types'

// The names that the payloads are made of: without them no declaration of a user's can hold `event.payload.commits`.
export type * from '@octokit/webhooks-types'

type Leaf = { [N in keyof EventPayloadMap]: Named<N, EventPayloadMap[N]> }[keyof EventPayloadMap]
// Distributes over the actions of an event.
type Named<N extends string, P> = P extends { action: infer A extends string }
  ? { name: `${N}.${A}`; payload: P }
  : { name: N; payload: P }
type ByName = { [L in Leaf as L['name']]: L['payload'] }

/**
 * Every event of `@octokit/webhooks-types`, as `event.action` where it has an action. Newer ones: `github<GitHubEvents & { 'new.event': X }>()`.
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
// An interface keeps the map closed for the checker: a bare mapped type costs twenty times the work.
export interface GitHubEvents extends ByName {}
