// The validators read their configuration from Nuxt; here it stands in a variable.
const config = 'export const useRuntimeConfig = () => ({ webhook: globalThis.nuxtWebhook })'

export function resolve(specifier, context, next) {
  if (specifier !== '#imports') return next(specifier, context)
  return { url: `data:text/javascript,${encodeURIComponent(config)}`, shortCircuit: true }
}
