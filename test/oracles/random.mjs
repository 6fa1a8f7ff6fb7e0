/** Numbers from a seed, the same on every machine. */
export function randomFrom(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit) => next() % limit
  return {
    below,
    pick: (list) => list[below(list.length)],
    text(length) {
      const letters = 'abcXYZ019 é🚀\'"%+&=/:\\?,;~\u2028'
      return Array.from(
        { length: below(length + 1) },
        () => Array.from(letters)[below(Array.from(letters).length)],
      ).join('')
    },
    word: (length = 12) => Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[below(36)]).join(''),
  }
}
