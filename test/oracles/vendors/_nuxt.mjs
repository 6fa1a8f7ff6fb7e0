import { register } from 'node:module'

register('./_nuxt-hooks.mjs', import.meta.url)

export const version = 'nuxt-webhook-validators 0.2.12'

/** A validator as `(request, configuration) => verdict`. */
export async function validatorOf(file, name) {
  const module = await import(`../node_modules/nuxt-webhook-validators/dist/runtime/server/lib/validators/${file}.js`)
  return (request, configuration) => {
    globalThis.nuxtWebhook = { [file]: configuration }
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([, value]) => value !== undefined))
    const { method, url, body } = request
    return module[name]({
      method,
      path: url,
      node: { req: { method, url, headers, body: body.toString() } },
      headers: new Headers(headers),
      _requestBody: body.toString(),
    })
  }
}
