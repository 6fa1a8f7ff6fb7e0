import { createReceiver } from 'hookproof'
import { github } from 'hookproof/providers/github'
import { slack } from 'hookproof/providers/slack'
import { stripe } from 'hookproof/providers/stripe'

const secret = 'a secret of enough length'
createReceiver(github({ secret })).on('pull_request.openned', () => undefined) // error
createReceiver(github({ secret })).on('push', (event) => event.payload.pull_request) // error
createReceiver(stripe({ secret })).on('invoice.payed', () => undefined) // error
createReceiver(slack({ secret })).on('app_mentioned', () => undefined) // error
createReceiver(github({ secret }), { storee: false }) // error
createReceiver(github({ secrets: secret })) // error
