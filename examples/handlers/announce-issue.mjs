/** @type {import('hookproof').HandlerOf<typeof import('./receiver.mjs').receiver, 'issues.opened'>} */
export const announceIssue = (event, { attempt }) =>
  console.log(`opened: ${event.payload.issue.title} (attempt ${attempt})`)
