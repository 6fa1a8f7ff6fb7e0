/** The sentence, where the client emits 'error' and nobody listens: Node then ends the process. */
export function withoutErrorListener(client: unknown, sentence: string): string[] {
  const count: unknown =
    typeof client === 'object' && client !== null ? Reflect.get(client, 'listenerCount') : undefined
  return typeof count === 'function' && Reflect.apply(count, client, ['error']) === 0 ? [sentence] : []
}
