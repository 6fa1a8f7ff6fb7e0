import * as jose from 'jose'

const ENTRA_KEYS = /^https:\/\/login\.microsoftonline\.com\/[0-9a-f-]{36}\/discovery\/v2\.0\/keys$/

/** A fixture holds every kind of proof that a provider takes, and `proof` says which one a request brings. */
export function oneProof(given: object): object {
  const { proof, token, header, username, password, entra, jwks, ...rest } = given as Record<string, unknown>
  if (proof === 'password') return { ...rest, username, password }
  if (proof === 'entra') return { ...rest, entra: { ...(entra as object), jose, fetch: keySet(jwks) } }
  return { ...rest, token, header: header ?? undefined }
}

/** Serves the directory's key set, and nothing else. */
function keySet(jwks: unknown): (url: string) => Promise<Response> {
  return async (url) => (ENTRA_KEYS.test(url) ? Response.json(jwks) : new Response('', { status: 404 }))
}
