// Every provider, for --all: one secret, token or key of each kind for all of them.
import * as xml from 'fast-xml-parser'
import { awsEventbridge } from 'hookproof/providers/aws-eventbridge'
import { awsSns } from 'hookproof/providers/aws-sns'
import { azureDevops } from 'hookproof/providers/azure-devops'
import { azureEventGrid } from 'hookproof/providers/azure-event-grid'
import { azureMonitor } from 'hookproof/providers/azure-monitor'
import { bitbucket } from 'hookproof/providers/bitbucket'
import { circleci } from 'hookproof/providers/circleci'
import { discord } from 'hookproof/providers/discord'
import { dropbox } from 'hookproof/providers/dropbox'
import { gitlab } from 'hookproof/providers/gitlab'
import { hookdeck } from 'hookproof/providers/hookdeck'
import { hubspot } from 'hookproof/providers/hubspot'
import { jenkins } from 'hookproof/providers/jenkins'
import { mailchimp } from 'hookproof/providers/mailchimp'
import { mandrill } from 'hookproof/providers/mandrill'
import { meta } from 'hookproof/providers/meta'
import { paypal } from 'hookproof/providers/paypal'
import { pusher } from 'hookproof/providers/pusher'
import { salesforce } from 'hookproof/providers/salesforce'
import { shopify } from 'hookproof/providers/shopify'
import { travisCi } from 'hookproof/providers/travis-ci'
import { trello } from 'hookproof/providers/trello'
import { twilio } from 'hookproof/providers/twilio'
import { zendesk } from 'hookproof/providers/zendesk'

/** What the vendors call, in front of whatever proxy. */
const publicUrl = 'https://hooks.example'

export function vendors({ text, whsec, ed25519, rsa }) {
  const token = { token: text }
  const secret = { secret: text }
  return {
    'aws-eventbridge': awsEventbridge({ ...token, header: 'x-api-key' }),
    'aws-sns': awsSns({ allow: 'arn:aws:sns:eu-central-1:123456789012:orders', publicKey: rsa }),
    'azure-devops': azureDevops({ username: 'demo', password: text }),
    'azure-event-grid': azureEventGrid({ ...token, header: 'x-hook-token' }),
    'azure-monitor': azureMonitor(token),
    bitbucket: bitbucket(secret),
    circleci: circleci(secret),
    discord: discord({ publicKey: ed25519 }),
    dropbox: dropbox(secret),
    gitlab: gitlab({ secret: whsec }),
    hookdeck: hookdeck(secret),
    hubspot: hubspot({ ...secret, publicUrl }),
    jenkins: jenkins(token),
    mailchimp: mailchimp(token),
    mandrill: mandrill({ ...secret, publicUrl }),
    meta: meta({ ...secret, verifyToken: 'demo' }),
    paypal: paypal({ webhookId: '4JH86294D6297924G', publicKey: rsa }),
    pusher: pusher({ secret: { id: 'demo-key', value: text } }),
    salesforce: salesforce({ ...token, allow: '00D5e000000KQ2eEAG', xml }),
    shopify: shopify(secret),
    'travis-ci': travisCi({ allow: 'acme/api', publicKey: rsa }),
    trello: trello({ ...secret, publicUrl }),
    twilio: twilio({ ...secret, publicUrl }),
    zendesk: zendesk(secret),
  }
}
