/** Runs the cases in turn, each `total` times a round with `concurrency` at once; resolves to runs a second, one value a round. */
export async function inTurn(cases, { concurrency, total, rounds }) {
  const names = Object.keys(cases)
  const rates = Object.fromEntries(names.map((name) => [name, []]))
  for (const name of names) await rateOf(cases[name], concurrency, total)
  for (let round = 0; round < rounds; round++) {
    for (const index of names.keys()) {
      const name = names[(index + round) % names.length]
      globalThis.gc?.({ type: 'minor' })
      rates[name].push(await rateOf(cases[name], concurrency, total))
    }
  }
  return rates
}

async function rateOf(once, concurrency, total) {
  let left = total
  const begin = performance.now()
  const lane = async () => {
    while (left-- > 0) await once()
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return (1000 * total) / (performance.now() - begin)
}
