// What is compared with what. Each case is `async (times) => …`: the loop stands inside, so that no case pays for a call per run.
import { createHmac, createPublicKey, timingSafeEqual, verify as verifySignature } from 'node:crypto'
import { createReceiver, defineProvider } from 'hookproof'
import { awsSns } from 'hookproof/providers/aws-sns'
import { discord } from 'hookproof/providers/discord'
import { github } from 'hookproof/providers/github'
import { slack } from 'hookproof/providers/slack'
import { standardWebhooks } from 'hookproof/providers/standard-webhooks'
import { stripe } from 'hookproof/providers/stripe'
import { twilio } from 'hookproof/providers/twilio'
import { ecdsa } from 'hookproof/schemes/ecdsa'
import { json } from 'hookproof/schemes/formats'
import { hmac } from 'hookproof/schemes/hmac'
import { rsa } from 'hookproof/schemes/rsa'
import {
  discordKey,
  discordRequest,
  ecKeys,
  githubRequest,
  rsaKeys,
  secret,
  secretBase64,
  signedRequest,
  slackRequest,
  standardRequest,
  stripeRequest,
  twilioRequest,
  twilioUrl,
} from '../lib/requests.mjs'
import { certificates, snsRequest, topic } from '../lib/sns.mjs'

const silent = { logger: false }
/** As many requests as a server meets: equal in content, none the same object. */
const many = (make, size) => Array.from({ length: size > 200_000 ? 4 : 16 }, () => make(size))

/** Loops over requests. One function a case, made from text, so that no two share what the compiler learnt. */
function loop(requests, once) {
  const make = new Function(
    'requests',
    'once',
    `return async (times) => {
    for (let i = 0; i < times; i++) once(requests[i % requests.length])
  }`,
  )
  return make(requests, once)
}
function loopAsync(requests, once) {
  const make = new Function(
    'requests',
    'once',
    `return async (times) => {
    for (let i = 0; i < times; i++) await once(requests[i % requests.length])
  }`,
  )
  return make(requests, once)
}
const verified = (receiver, requests) => loopAsync(requests, (request) => receiver.verify(request))
const parsed = (receiver, requests) =>
  loopAsync(requests, async (request) => (await receiver.verify(request)).events[0].payload)

/** The fastest that people write by hand, on the raw Buffer. */
export function byHand({ headers, body }, key = secret) {
  const digest = createHmac('sha256', key).update(body).digest()
  if (!timingSafeEqual(digest, Buffer.from(headers['x-hub-signature-256'].slice(7), 'hex'))) throw new Error('refused')
}

const bars = { 1024: [0.7, 0.6], 10240: [0.9, 0.85], 102400: [1.05, 1], 1048576: [1.05, 1] }

export const groups = {
  async github(size) {
    const { verify } = await import('@octokit/webhooks-methods')
    const { Webhooks } = await import('@octokit/webhooks')
    const requests = many(githubRequest, size)
    const receiver = createReceiver(github({ secret }), silent)
    const octokit = new Webhooks({ secret })
    const [bar, aim] = bars[size] ?? []
    return {
      cases: {
        hand: loop(requests, (request) => byHand(request)),
        ours: verified(receiver, requests),
        handParse: loop(requests, (request) => {
          byHand(request)
          return JSON.parse(request.body.toString())
        }),
        oursParse: parsed(receiver, requests),
        methods: loopAsync(requests, async ({ headers, body }) => {
          if (!(await verify(secret, body.toString(), headers['x-hub-signature-256']))) throw new Error('refused')
        }),
        octokit: loopAsync(requests, ({ headers, body }) =>
          octokit.verifyAndReceive({
            id: headers['x-github-delivery'],
            name: headers['x-github-event'],
            signature: headers['x-hub-signature-256'],
            payload: body.toString(),
          }),
        ),
      },
      compare: [
        { what: 'GitHub: verify', against: 'hand-written', ours: 'ours', theirs: 'hand', bar, aim },
        {
          what: 'GitHub: verify and parse',
          against: 'hand-written and JSON.parse',
          ours: 'oursParse',
          theirs: 'handParse',
          bar: 1,
          aim: size === 1024 ? 0.9 : undefined,
        },
        { what: 'GitHub: verify', against: '@octokit/webhooks-methods', ours: 'ours', theirs: 'methods', bar: 1 },
        {
          what: 'GitHub: verify and parse',
          against: '@octokit/webhooks',
          ours: 'oursParse',
          theirs: 'octokit',
          bar: 1,
        },
      ],
    }
  },

  async tern(size) {
    const { WebhookVerificationService } = await import('@hookflo/tern')
    const requests = many(githubRequest, size)
    const receiver = createReceiver(github({ secret }), silent)
    return {
      cases: {
        oursParse: parsed(receiver, requests),
        tern: loopAsync(requests, async ({ headers, body }) => {
          const request = new Request('http://hooks.example.com/webhooks', { method: 'POST', headers, body })
          const result = await WebhookVerificationService.verify(request, { platform: 'github', secret })
          if (!result.isValid) throw new Error(result.error)
        }),
      },
      compare: [
        { what: 'GitHub: verify and parse', against: '@hookflo/tern', ours: 'oursParse', theirs: 'tern', bar: 1 },
      ],
    }
  },

  async stripe(size) {
    const { default: Stripe } = await import('stripe')
    const requests = many(stripeRequest, size)
    const receiver = createReceiver(stripe({ secret }), { ...silent, toleranceSeconds: 3600 })
    return {
      cases: {
        oursParse: parsed(receiver, requests),
        stripe: loop(requests, ({ headers, body }) =>
          Stripe.webhooks.constructEvent(body, headers['stripe-signature'], secret, 3600),
        ),
      },
      compare: [{ what: 'Stripe: verify and parse', against: 'stripe', ours: 'oursParse', theirs: 'stripe', bar: 1 }],
    }
  },

  async standard(size) {
    const { Webhook } = await import('standardwebhooks')
    const { Webhook: Svix } = await import('svix')
    const requests = many(standardRequest, size)
    const receiver = createReceiver(standardWebhooks({ secret: `whsec_${secretBase64}` }), silent)
    const standard = new Webhook(secretBase64)
    const svix = new Svix(secretBase64)
    const as = (name, headers) => ({
      [`${name}-id`]: headers['webhook-id'],
      [`${name}-timestamp`]: headers['webhook-timestamp'],
      [`${name}-signature`]: headers['webhook-signature'],
    })
    return {
      cases: {
        oursParse: parsed(receiver, requests),
        standard: loop(requests, ({ headers, body }) => standard.verify(body, as('webhook', headers))),
        svix: loop(requests, ({ headers, body }) => svix.verify(body, as('svix', headers))),
      },
      compare: [
        {
          what: 'Standard Webhooks: verify and parse',
          against: 'standardwebhooks',
          ours: 'oursParse',
          theirs: 'standard',
          bar: 1,
        },
        { what: 'Standard Webhooks: verify and parse', against: 'svix', ours: 'oursParse', theirs: 'svix', bar: 1 },
      ],
    }
  },

  async slack(size) {
    const { verifySlackRequest } = await import('@slack/bolt')
    const requests = many(slackRequest, size)
    const receiver = createReceiver(slack({ secret }), silent)
    return {
      cases: {
        oursParse: parsed(receiver, requests),
        // Bolt's receivers parse what they have verified: a handshake may be in it, so ours does too.
        slack: loop(requests, ({ headers, body }) => {
          const text = body.toString()
          verifySlackRequest({
            signingSecret: secret,
            body: text,
            headers: {
              'x-slack-signature': headers['x-slack-signature'],
              'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
            },
          })
          return JSON.parse(text)
        }),
      },
      compare: [
        { what: 'Slack: verify and parse', against: '@slack/bolt', ours: 'oursParse', theirs: 'slack', bar: 1 },
      ],
    }
  },

  async twilio(size) {
    const { default: Twilio } = await import('twilio')
    const { parse } = await import('node:querystring')
    const requests = many(twilioRequest, size)
    const receiver = createReceiver(twilio({ secret, publicUrl: twilioUrl }), silent)
    return {
      cases: {
        oursParse: parsed(receiver, requests),
        twilio: loop(requests, ({ headers, body }) => {
          // What express.urlencoded() hands over.
          const fields = parse(body.toString())
          if (!Twilio.validateRequest(secret, headers['x-twilio-signature'], twilioUrl, fields))
            throw new Error('refused')
        }),
      },
      compare: [
        { what: 'Twilio: verify and parse the form', against: 'twilio', ours: 'oursParse', theirs: 'twilio', bar: 1 },
      ],
    }
  },

  async discord(size) {
    const { verifyKey } = await import('discord-interactions')
    const requests = many(discordRequest, size)
    const receiver = createReceiver(discord({ publicKey: discordKey }), silent)
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(discordKey, 'hex')])
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    return {
      cases: {
        oursParse: parsed(receiver, requests),
        // Its middleware parses what it has verified: a PING may be in it.
        discord: loopAsync(requests, async ({ headers, body }) => {
          const { 'x-signature-ed25519': signature, 'x-signature-timestamp': time } = headers
          if (!(await verifyKey(body, signature, time, discordKey))) throw new Error('refused')
          return JSON.parse(body.toString())
        }),
        node: loop(requests, ({ headers, body }) => {
          const input = Buffer.concat([Buffer.from(headers['x-signature-timestamp']), body])
          const signature = Buffer.from(headers['x-signature-ed25519'], 'hex')
          if (!verifySignature(null, input, key, signature)) throw new Error('refused')
          return JSON.parse(body.toString())
        }),
      },
      compare: [
        {
          what: 'Discord: verify and parse',
          against: 'discord-interactions',
          ours: 'oursParse',
          theirs: 'discord',
          bar: 1,
        },
        {
          what: 'Ed25519 (Discord): verify and parse',
          against: 'node:crypto with a cached key, JSON.parse',
          ours: 'oursParse',
          theirs: 'node',
          bar: 1.1,
        },
      ],
    }
  },

  async sns(size) {
    const { EventEmitter } = await import('node:events')
    const { default: https } = await import('node:https')
    const { default: Validator } = await import('sns-payload-validator')
    const { root, leaf, key } = certificates()
    // Both fetch the certificate once and keep it.
    https.get = (_url, _options, respond) => {
      const response = new EventEmitter()
      process.nextTick(() => {
        respond(response)
        response.emit('data', leaf)
        response.emit('end')
      })
      return new EventEmitter()
    }
    const fetch = async () => new Response(leaf)
    const requests = Array.from({ length: 4 }, () => snsRequest(size, key))
    const receiver = createReceiver(awsSns({ allow: topic, roots: [root], fetch }), {
      ...silent,
      toleranceSeconds: 3600,
    })
    const validator = new Validator({ useCache: true, maxCerts: 10 })
    return {
      cases: {
        oursParse: parsed(receiver, requests),
        sns: loopAsync(requests, ({ body }) => validator.validate(body.toString())),
      },
      compare: [
        {
          what: 'AWS SNS: verify and parse',
          against: 'sns-payload-validator',
          ours: 'oursParse',
          theirs: 'sns',
          bar: 1,
        },
      ],
    }
  },

  rsa: (size) => asymmetric('RSA 2048', rsa, rsaKeys, size),
  ecdsa: (size) => asymmetric('ECDSA P-256', ecdsa, ecKeys, size),

  /** The same refusal by hand: a function that returns a status. */
  async refusals(size) {
    const genuine = many(githubRequest, size)
    const bad = genuine.map((request) => ({
      ...request,
      headers: { ...request.headers, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
    }))
    const missing = genuine.map(({ headers: { 'x-hub-signature-256': _, ...headers }, ...request }) => ({
      ...request,
      headers,
    }))
    const stale = Array.from({ length: 16 }, () => stripeRequest(size, Math.floor(Date.now() / 1000) - 4000))
    const forGithub = createReceiver(github({ secret }), silent)
    const forStripe = createReceiver(stripe({ secret }), silent)
    const received = (receiver, requests) =>
      loopAsync(requests, async (request) => {
        const { status } = await receiver.receive(request)
        if (status !== 401) throw new Error(`${status}`)
      })
    const refusedBy = (answer, requests) =>
      loopAsync(requests, async (request) => {
        if ((await answer(request)) !== 401) throw new Error('let in')
      })
    return {
      cases: {
        bad: received(forGithub, bad),
        badByHand: refusedBy(githubByHand, bad),
        missing: received(forGithub, missing),
        missingByHand: refusedBy(githubByHand, missing),
        stale: received(forStripe, stale),
        staleByHand: refusedBy(stripeByHand, stale),
      },
      compare: [
        {
          what: 'receive: bad signature',
          against: 'the same refusal by hand',
          ours: 'bad',
          theirs: 'badByHand',
          bar: 1,
        },
        {
          what: 'receive: missing header',
          against: 'the same refusal by hand',
          ours: 'missing',
          theirs: 'missingByHand',
          bar: 1,
        },
        {
          what: 'receive: stale timestamp',
          against: 'the same refusal by hand',
          ours: 'stale',
          theirs: 'staleByHand',
          bar: 1,
        },
      ],
    }
  },

  /** What must not cost more when there is more of it. */
  async growth(size) {
    const requests = many(githubRequest, size)
    const receiver = createReceiver(github({ secret }), silent)
    const busy = createReceiver(github({ secret }), silent)
    for (let index = 0; index < 1000; index++) busy.on(`event_${index}`, () => {})
    const keys = Array.from({ length: 8 }, (_, index) => `${index} ${secret}`)
    const signatures = Array.from({ length: 16 }, (_, index) => createHmac('sha256', `${index}`).digest('hex'))
    const list = requests.map(({ headers, body, ...rest }) => ({
      ...rest,
      body,
      headers: {
        ...headers,
        'x-signatures': [...signatures.slice(1), createHmac('sha256', keys[7]).update(body).digest('hex')].join(','),
      },
    }))
    const lists = createReceiver(
      own('lists', hmac({ secret: keys, signature: { header: 'x-signatures', list: { separator: ',', prefix: '' } } })),
      silent,
    )
    return {
      cases: {
        one: verified(receiver, requests),
        manyHandlers: verified(busy, requests),
        many: verified(lists, list),
        manyByHand: loop(list, ({ headers, body }) => {
          const given = headers['x-signatures'].split(',').map((text) => Buffer.from(text, 'hex'))
          let found = false
          for (const key of keys) {
            const digest = createHmac('sha256', key).update(body).digest()
            for (const one of given) if (timingSafeEqual(one, digest)) found = true
          }
          if (!found) throw new Error('refused')
        }),
      },
      compare: [
        {
          what: 'verify with 1 000 handlers',
          against: 'without handlers',
          ours: 'manyHandlers',
          theirs: 'one',
          bar: 1.05,
        },
        {
          what: 'verify of 16 signatures under 8 secrets',
          against: 'by hand: 8 digests, 128 comparisons',
          ours: 'many',
          theirs: 'manyByHand',
          bar: 1,
        },
      ],
    }
  },
}

function githubByHand({ headers, body }) {
  const header = headers['x-hub-signature-256']
  if (header === undefined || !header.startsWith('sha256=') || header.length !== 71) return 401
  const digest = createHmac('sha256', secret).update(body).digest()
  return timingSafeEqual(digest, Buffer.from(header.slice(7), 'hex')) ? 200 : 401
}

function stripeByHand({ headers, body }) {
  const pairs = (headers['stripe-signature'] ?? '').split(',').map((pair) => pair.split('='))
  const time = pairs.find(([name]) => name === 't')?.[1]
  const signature = pairs.find(([name]) => name === 'v1')?.[1]
  if (time === undefined || signature === undefined) return 401
  if (Math.abs(Date.now() / 1000 - Number(time)) > 300) return 401
  const digest = createHmac('sha256', secret).update(`${time}.`).update(body).digest()
  return timingSafeEqual(digest, Buffer.from(signature, 'hex')) ? 200 : 401
}

function own(id, scheme) {
  return defineProvider({
    id,
    name: id,
    docs: 'https://example.com',
    scheme,
    body: json,
    identify: () => ({ id: '1', type: 'x' }),
    facts: { coverage: 'full', idSigned: true, idStable: 'yes', retryHorizonSeconds: 0 },
  })
}

function asymmetric(name, scheme, { publicKey, privateKey }, size) {
  const pem = publicKey.export({ format: 'pem', type: 'spki' })
  const requests = Array.from({ length: 4 }, () => signedRequest(size, privateKey))
  const receiver = createReceiver(
    own(scheme.name, scheme({ publicKey: pem, signature: { header: 'x-signature' }, encoding: 'base64' })),
    silent,
  )
  return {
    cases: {
      ours: verified(receiver, requests),
      node: loop(requests, ({ headers, body }) => {
        if (!verifySignature('sha256', body, publicKey, Buffer.from(headers['x-signature'], 'base64')))
          throw new Error('refused')
      }),
    },
    compare: [{ what: `${name}: verify`, against: 'node:crypto, cached key', ours: 'ours', theirs: 'node', bar: 1.1 }],
  }
}
