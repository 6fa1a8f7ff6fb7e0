import { send } from '../http.mjs'
import { vendors } from './vendors.mjs'

/** One genuine and one forged delivery for every provider, by name: what was expected and what came. */
export async function checkVendors(senders, { origin, keys, secrets, effects }) {
  const answerTo = async (id, { headers, body, query }) => {
    const { status } = await send(`${origin}/${id}${query === undefined ? '' : `?${query}`}`, { headers, body })
    return `${status} · ${effects.count(`/${id}`, body)}`
  }
  const further = Object.entries(vendors).map(async ([id, { how, success = 200, make }]) => ({
    name: id,
    how: `node:crypto: ${how}`,
    genuine: { came: await answerTo(id, make(keys.known)), expected: `${success} · 1` },
    forged: { came: await answerTo(id, make(keys.strange)), expected: '401 · 0' },
  }))
  const others = senders.map(async ({ path, signedBy, fresh, sign, stranger }) => {
    const id = path.slice(1)
    const [one, other] = [fresh(), fresh()]
    const genuine = { ...one, headers: await sign(one, secrets[id][0]) }
    const forged = { ...other, headers: await sign(other, stranger) }
    return {
      name: id,
      how: signedBy,
      genuine: { came: await answerTo(id, genuine), expected: '200 · 1' },
      forged: { came: await answerTo(id, forged), expected: '401 · 0' },
    }
  })
  const rows = await Promise.all([...others, ...further])
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}
