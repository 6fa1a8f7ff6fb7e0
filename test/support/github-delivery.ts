import { createHmac, randomUUID } from 'node:crypto'

export const GITHUB_SECRET = 'It is a secret to everybody'

/** A delivery as GitHub sends it, signed with node:crypto. */
export function githubDelivery(
  body: string = JSON.stringify({ zen: 'Keep it logically awesome.', action: 'opened' }),
  secret: string = GITHUB_SECRET,
): { readonly method: 'POST'; readonly headers: Record<string, string>; readonly body: string } {
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'adapter_test',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
  }
}
