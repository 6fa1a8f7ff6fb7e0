/** Whether a value has to be waited for: a promise of any library, and of any realm, where `instanceof Promise` knows only one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function' // any other value has no such property
}
