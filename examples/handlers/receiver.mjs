import { createReceiver } from 'hookproof'
import { github } from 'hookproof/providers/github'

/** Handlers are added by server.mjs; their files take only its type. */
export const receiver = createReceiver(github({ secret: process.env.GITHUB_WEBHOOK_SECRET }))
