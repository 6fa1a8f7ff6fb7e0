import type { HandlerOf } from 'hookproof'
import type { receiver } from './good.js'

export const onPush: HandlerOf<typeof receiver, 'push'> = (event, context) => {
  const commits: number = event.payload.commits.length
  return `${event.type satisfies 'push'} ${commits} ${context.attempt.toFixed()}`
}
