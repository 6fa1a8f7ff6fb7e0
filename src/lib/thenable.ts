/** Whether a value has to be waited for: a promise of any library, and of any realm, where `instanceof Promise` knows only one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true
  const holder = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return holder && 'then' in value && typeof value.then === 'function'
}
