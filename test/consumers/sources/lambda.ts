import { createReceiver } from 'hookproof'
import { lambdaHandler } from 'hookproof/lambda'
import { github } from 'hookproof/providers/github'

export const handler = lambdaHandler(
  createReceiver(github({ secret: 'a secret of enough length' }), { logger: false }).on('push', () => undefined),
)
