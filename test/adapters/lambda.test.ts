import { lambdaHandler } from 'hookproof/lambda'
import { lambdaPlatform, shapes } from '../support/lambda-platform.js'
import { runContract } from '../support/run-contract.js'

const buffered = 'the platform reads the body whole before it calls the function'
const limits = 'the platform takes at most 10 MB, and only whole bodies'
const text = 'the platform hands the body over as text, in which broken UTF-8 is already replaced'
const joined = 'the platform joins or drops repeated fields before the function sees them'
const decoded = 'the platform takes the query apart: order and escapes are not to be had'
const noRoute = 'the platform has no path parameters'

const skips: Readonly<Record<string, readonly { readonly case: string; readonly reason: string }[]>> = {
  'API Gateway, payload 1.0': [{ case: 'url-exact', reason: decoded }],
  'API Gateway, payload 2.0': [
    { case: 'body-not-utf8', reason: text },
    { case: 'signature-doubled-malformed', reason: joined },
  ],
  'Function URL': [
    { case: 'body-not-utf8', reason: text },
    { case: 'signature-doubled-malformed', reason: joined },
    { case: 'path-parameters', reason: noRoute },
  ],
  'Load balancer': [
    { case: 'body-not-utf8', reason: text },
    { case: 'url-exact', reason: decoded },
    { case: 'signature-doubled', reason: 'without multi-value headers the platform keeps the last field only' },
    { case: 'signature-doubled-malformed', reason: joined },
    { case: 'path-parameters', reason: noRoute },
  ],
  'Load balancer, multi-value headers': [
    { case: 'url-exact', reason: decoded },
    { case: 'body-not-utf8', reason: text },
    { case: 'path-parameters', reason: noRoute },
  ],
}

for (const [name, shape] of Object.entries(shapes)) {
  runContract({
    name: `Lambda, ${name}`,
    start: (endpoint) => lambdaPlatform(shape, lambdaHandler(endpoint)),
    skip: [
      ...['slow-body', 'slow-body-chunked', 'no-body-at-all', 'client-gone-in-body', 'close-when-unread'].map((id) => ({
        case: id,
        reason: buffered,
      })),
      ...['unread-not-swallowed', 'close-when-too-large'].map((id) => ({ case: id, reason: buffered })),
      ...['limit-announced', 'body-big'].map((id) => ({ case: id, reason: limits })),
      ...(skips[name] ?? []),
    ],
  })
}
