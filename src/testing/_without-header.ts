import type { SignedRequest } from './sign-request.js'

/** The request without one header, named as the request spells it. */
export function withoutHeader(request: SignedRequest, name: string): SignedRequest {
  return { ...request, headers: Object.fromEntries(Object.entries(request.headers).filter(([key]) => key !== name)) }
}
