// A monorepo in which two packages hold a copy of hookproof each.
import * as one from './packages/one/index.mjs'
import * as two from './packages/two/index.mjs'

const refused = await one.refused()
const different = one.WebhookError !== two.WebhookError
const known = two.isWebhookError(refused) && one.isWebhookError(refused) && !two.isWebhookError(new Error('x'))
const reply = await two.runs(one.permanent())
console.log(
  different && known && reply.status === 200 ? 'ran' : `failed: ${different} ${known} ${JSON.stringify(reply)}`,
)
