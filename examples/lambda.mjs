// AWS Lambda behind API Gateway, a function URL or a load balancer. Several instances run at once, so production needs a store that
// they share: `store: redisStore(client, { prefix: 'my-service:' })`.
import { createReceiver } from 'hookproof'
import { lambdaHandler } from 'hookproof/lambda'
import { github } from 'hookproof/providers/github'

const receiver = createReceiver(github({ secret: process.env.GITHUB_WEBHOOK_SECRET }))
  .on('issues.opened', (event) => console.log(`opened: ${event.payload.issue.title}`))
  .onUnhandled((event) => console.log(`ignored: ${event.type}`))

export const handler = lambdaHandler(receiver)
