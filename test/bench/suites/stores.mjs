// Claims a second beside the client's own bare command, and what the memory store holds.

import { servers } from '../../storm/servers.mjs'
import { inChild } from '../lib/child.mjs'
import { figure, median, row } from '../lib/measure.mjs'

export async function run({ quick }) {
  return [...(await redis(quick)), ...(await postgres(quick)), ...(await sqlite(quick)), ...(await memory(quick))]
}

const rates = { suite: 'stores', unit: 'a second', more: true }
const names = { ioredis: 'ioredis', redis: 'node-redis' }

async function redis(quick) {
  const server = await servers.redis()
  try {
    const rows = []
    for (const client of Object.keys(names)) {
      for (const concurrency of [50, 200]) {
        const total = quick ? 500 : 8000
        const found = await inChild('redis', [server.at.url, client, concurrency, total, quick ? 2 : 31])
        const about = `${names[client]}, ${concurrency} at once`
        rows.push(
          row({
            ...rates,
            what: `Redis: claim (${about})`,
            against: 'SET NX PX',
            ours: found.claim,
            theirs: found.set,
            bar: 0.85,
            aim: 0.95,
          }),
        )
        rows.push(
          row({
            ...rates,
            what: `Redis: claim and finish (${about})`,
            against: 'two SETs',
            ours: found.claimAndFinish,
            theirs: found.twoSets,
            bar: 0.85,
          }),
        )
      }
    }
    return rows
  } finally {
    await server.stop()
  }
}

async function postgres(quick) {
  const server = await servers.postgres()
  try {
    const found = await inChild('sql', ['postgres', server.at.url, 50, quick ? 200 : 2000, quick ? 2 : 31])
    const insert = { ...rates, against: 'bare insert on conflict', theirs: found.insert }
    return [
      row({ ...insert, what: 'Postgres: claim (50 at once)', ours: found.claim, bar: 0.85, aim: 3 }),
      row({ ...insert, what: 'Postgres: claim, batch: false (50 at once)', ours: found.alone, bar: 0.85, aim: 0.95 }),
    ]
  } finally {
    await server.stop()
  }
}

async function sqlite(quick) {
  const rows = []
  for (const { concurrency, total, about, aim } of [
    { concurrency: 1, total: 300, about: 'one at a time', aim: 0.95 },
    { concurrency: 50, total: 2000, about: '50 at once', aim: 3 },
  ]) {
    const folder = await servers.folder()
    try {
      const found = await inChild('sql', ['sqlite', folder.at.file, concurrency, quick ? 50 : total, quick ? 2 : 31])
      rows.push(
        row({
          ...rates,
          what: `SQLite: claim (${about})`,
          against: 'bare insert on conflict',
          ours: found.claim,
          theirs: found.insert,
          bar: 0.85,
          aim,
        }),
      )
    } finally {
      await folder.stop()
    }
  }
  return rows
}

/** The longest pause is the least of several runs: what else runs on the machine only adds to it. */
async function memory(quick) {
  const runs = []
  for (let left = quick ? 1 : 5; left > 0; left--) runs.push(await inChild('memory', [quick ? 20_000 : 1_000_000]))
  const bytes = runs.map((one) => one.bytes)
  const pauses = runs.map((one) => one.worstMs)
  const what = `Memory store, ${runs[0].size.toLocaleString('en').replaceAll(',', ' ')} finished records`
  const about = { suite: 'stores', low: Math.min(...bytes), high: Math.max(...bytes) }
  return [
    figure({
      ...about,
      what: `${what}: beyond the key`,
      unit: 'bytes a record',
      value: median(bytes),
      bar: 40,
      aim: 20,
    }),
    figure({
      suite: 'stores',
      what: `${what}: longest pause`,
      unit: 'ms',
      value: Math.min(...pauses),
      high: Math.max(...pauses),
      bar: 15,
    }),
  ]
}
