// Stripe: events in the shape of its API reference, signed by stripe's own test helper.
import { randomBytes } from 'node:crypto'
import Stripe from 'stripe'

const { webhooks } = new Stripe('sk_test_only_for_the_helper')
const id = (prefix) => `${prefix}_${randomBytes(12).toString('hex')}`
const seconds = () => Math.floor(Date.now() / 1000)

const snapshot = (type, object) => ({
  id: id('evt'),
  object: 'event',
  api_version: '2025-09-30.clover',
  created: seconds(),
  livemode: false,
  pending_webhooks: 1,
  request: { id: id('req'), idempotency_key: null },
  type,
  data: { object },
})

const thin = (type, related) => ({
  id: id('evt'),
  object: 'v2.core.event',
  created: new Date().toISOString(),
  livemode: false,
  type,
  related_object: { id: id(related), type: related, url: `/v1/${related}` },
  reason: null,
  context: null,
})

const events = () => [
  snapshot('payment_intent.succeeded', {
    id: id('pi'),
    object: 'payment_intent',
    amount: 2000,
    currency: 'eur',
    status: 'succeeded',
  }),
  snapshot('payment_intent.payment_failed', {
    id: id('pi'),
    object: 'payment_intent',
    amount: 1099,
    currency: 'usd',
    status: 'requires_payment_method',
  }),
  snapshot('charge.succeeded', { id: id('ch'), object: 'charge', amount: 2000, currency: 'eur', paid: true }),
  snapshot('charge.refunded', { id: id('ch'), object: 'charge', amount: 2000, amount_refunded: 2000, refunded: true }),
  snapshot('charge.dispute.created', {
    id: id('dp'),
    object: 'dispute',
    amount: 1000,
    reason: 'general',
    status: 'warning_needs_response',
  }),
  snapshot('checkout.session.completed', {
    id: id('cs'),
    object: 'checkout.session',
    mode: 'payment',
    payment_status: 'paid',
  }),
  snapshot('customer.created', { id: id('cus'), object: 'customer', email: 'zoë@example.com', name: 'Zoë Müller' }),
  snapshot('customer.subscription.created', { id: id('sub'), object: 'subscription', status: 'active' }),
  snapshot('customer.subscription.deleted', { id: id('sub'), object: 'subscription', status: 'canceled' }),
  snapshot('invoice.paid', { id: id('in'), object: 'invoice', amount_paid: 2000, currency: 'eur', status: 'paid' }),
  snapshot('invoice.payment_failed', { id: id('in'), object: 'invoice', attempt_count: 1, status: 'open' }),
  snapshot('payout.paid', { id: id('po'), object: 'payout', amount: 1100, status: 'paid' }),
  thin('v1.billing.meter.error_report_triggered', 'billing.meter'),
  thin('v2.core.event_destination.ping', 'v2.core.event_destination'),
]

const delivery = (event) => ({
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  },
  body: Buffer.from(JSON.stringify(event, null, 2)),
})

export const stripe = {
  name: 'Stripe',
  path: '/stripe',
  signedBy: 'stripe',
  idIn: 'signed body',
  timestamped: true,
  limit: 1024 * 1024,
  genuine: () => events().map(delivery),
  fresh: () => delivery(events()[9]),
  async sign({ headers, body }, secret, time = Date.now()) {
    const timestamp = Math.floor(time / 1000)
    return {
      ...headers,
      'stripe-signature': webhooks.generateTestHeaderString({ payload: body.toString(), secret, timestamp }),
    }
  },
  handshakes: [],
}
