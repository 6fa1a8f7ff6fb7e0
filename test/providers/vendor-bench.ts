import { createReceiver } from '../../src/index.js'
import type { HandlerContext, Provider, WebhookEvent, WebhookReply, WebhookRequest } from '../../src/types.js'

/** ms since the epoch: the receivers' clock, near the times of the requests. */
export const NOW = 1_760_000_000_000

export interface VendorBench {
  receive(request: Partial<WebhookRequest>): Promise<WebhookReply>
  /** What the handler saw, in order. */
  readonly events: WebhookEvent[]
  /** Whether each of them had a record. */
  readonly deduplicated: boolean[]
  /** Codes of the log, errors and warnings alike. */
  readonly codes: string[]
  clock: number
}

/** A receiver of a provider on a memory store, with a handler for everything. */
export function vendorBench(
  provider: Provider,
  handler: (event: WebhookEvent, context: HandlerContext) => unknown = () => undefined,
): VendorBench {
  const codes: string[] = []
  const note = (fields: object): void => void codes.push(String(Reflect.get(fields, 'code')))
  const receiver = createReceiver(provider, { clock: () => bench.clock, logger: { warn: note, error: note } })
  receiver
    .onError((error) => codes.push(error.code))
    .onAny((event, context) => {
      bench.events.push(event)
      bench.deduplicated.push(context.deduplicated)
      return handler(event, context)
    })
  const bench: VendorBench = {
    receive: (request) => receiver.receive({ method: 'POST', url: '/hooks', headers: {}, body: '', ...request }),
    events: [],
    deduplicated: [],
    codes,
    clock: NOW,
  }
  return bench
}
