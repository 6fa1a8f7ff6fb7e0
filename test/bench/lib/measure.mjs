// What is compared runs side by side: every round runs each case once, and a ratio is taken within a round.

/** µs of processor time that this process has used, all threads, garbage collection included. */
export function cpu() {
  const { user, system } = process.cpuUsage()
  return user + system
}

/**
 * Who is too young to live is swept before a case begins: none pays for the garbage of the one before, nor for freeing the native half of
 * its objects, which a collection leaves to a later turn of the event loop. Needs --expose-gc.
 */
async function sweep() {
  globalThis.gc?.({ type: 'minor' })
  for (let turns = 0; turns < 3; turns++) await new Promise(setImmediate)
}

/** `cases`: name -> async (times) => run it so often. Resolves to name -> µs of processor time per run, one value a round. */
export async function measure(cases, { rounds, batchMs }) {
  const names = Object.keys(cases)
  const times = Object.fromEntries(names.map((name) => [name, []]))
  const batch = {}
  for (const name of names) batch[name] = await calibrated(cases[name], batchMs)
  for (let round = 0; round < rounds; round++) {
    for (const index of names.keys()) {
      const name = names[turn(index, round, names.length)]
      await sweep()
      const before = cpu()
      await cases[name](batch[name])
      times[name].push((cpu() - before) / batch[name])
    }
  }
  return times
}

/** Which case is the `index`th of a round: every round begins with another one, and every second runs backwards, so that none always follows the same. */
export function turn(index, round, count) {
  const place = (index + (round >> 1)) % count
  return round % 2 === 0 ? place : count - 1 - place
}

/** How many runs fill a batch, once the compiler is done with the case. */
async function calibrated(run, batchMs) {
  let times = 1
  for (;;) {
    const before = cpu()
    await run(times)
    const us = cpu() - before
    if (us >= batchMs * 1000) break
    times = us < 500 ? times * 4 : Math.ceil((times * batchMs * 1050) / us)
  }
  for (let more = 0; more < 4; more++) await run(times)
  const before = cpu()
  await run(times)
  return Math.max(1, Math.round((times * batchMs * 1000) / Math.max(1, cpu() - before)))
}

const sorted = (values) => [...values].sort((a, b) => a - b)

export function median(values) {
  const all = sorted(values)
  const middle = all.length >> 1
  return all.length % 2 === 1 ? all[middle] : (all[middle - 1] + all[middle]) / 2
}

/** Median of the ratios of each round, with its 95 % interval by order statistics (no distribution is assumed). */
function ratio(ours, theirs) {
  const all = sorted(ours.map((value, round) => value / theirs[round]))
  const off = 0.98 * Math.sqrt(all.length)
  const low = Math.max(0, Math.floor(all.length / 2 - off))
  const high = Math.min(all.length - 1, Math.ceil(all.length / 2 + off) - 1)
  return { value: median(all), low: all[low], high: all[Math.max(high, low)] }
}

/** One row of the table. `bar`: what has to be reached; `more`: a larger ratio is better. */
export function row({ suite, what, against, size, ours, theirs, bar, aim, more = false, unit = 'µs', note }) {
  const { value, low, high } = ratio(ours, theirs)
  return {
    suite,
    what,
    against,
    size,
    value,
    low,
    high,
    bar,
    aim,
    more,
    unit,
    ours: median(ours),
    theirs: median(theirs),
    note,
  }
}

/** A row that is no ratio of two measurements. */
export function figure({
  suite,
  what,
  against = '',
  value,
  low = value,
  high = value,
  bar,
  aim,
  more = false,
  unit,
  note,
}) {
  return { suite, what, against, value, low, high, bar, aim, more, unit, absolute: true, note }
}

/** undefined where no bar was set. */
export function reached({ value, bar, more }) {
  if (bar === undefined) return undefined
  return more ? value >= bar : value <= bar
}
