import { StoreError } from '../errors.js'
import type { MaybePromise } from '../types.js'
import type { Deadline } from './_patience.js'
import { isBusy, type SqliteDriver } from './_sqlite-driver.js'

/*
 * A claim alone takes 180 µs, of which 150 are its commit: the disk. What is asked in one turn of the event loop is therefore one
 * transaction, and each claim of 50 takes 20.
 */

export interface SqliteGroup {
  /** Runs `work` in the next transaction and answers when that is committed. BUSY is for the caller, who knows how long to wait. */
  add<T>(deadline: Deadline, work: (driver: SqliteDriver) => T): MaybePromise<T>
  /** Runs at once what waits. */
  flush(): void
}

interface Member {
  readonly deadline: Deadline
  /** Returns how to answer, as nothing is answered before the commit. */
  readonly run: (driver: SqliteDriver) => () => void
  readonly reject: (error: unknown) => void
}

/** Holds the event loop up for 1 ms. */
const SIZE = 64
/** Waiting for the end of a turn takes 3 µs: who was alone in a group lets so many others run at once. */
const ALONE = 16

/** Taken here, so that a test that has replaced the timers still gets its answers. */
const atEndOfTurn = setImmediate

/** `transact` runs its work in a transaction; if it throws, nothing is committed. */
export function sqliteGroup(transact: <T>(work: (driver: SqliteDriver) => T) => T): SqliteGroup {
  let waiting: Member[] = []
  let alone = 0

  const flush = (): void => {
    const members = waiting
    if (members.length === 0) return
    waiting = []
    alone = members.length > 1 ? 0 : ALONE
    commit(members)
  }
  const commit = (members: readonly Member[]): void => {
    let answers: readonly (() => void)[]
    try {
      answers = transact((driver) => members.map((member) => runInTime(member, driver)))
    } catch (error) {
      // Whose fault it was is told to nobody else: without the others, each has its own error or none.
      if (members.length > 1 && !isBusy(error)) for (const member of members) commit([member])
      else for (const { reject } of members) reject(error)
      return
    }
    for (const answer of answers) answer()
  }
  return {
    add(deadline, work) {
      if (waiting.length === 0 && alone > 0) {
        alone--
        return transact(work)
      }
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) atEndOfTurn(flush)
        const run = (driver: SqliteDriver): (() => void) => {
          const value = work(driver)
          return () => resolve(value)
        }
        waiting.push({ deadline, run, reject })
        if (waiting.length === SIZE) flush()
      })
    },
    flush,
  }
}

function runInTime({ deadline, run, reject }: Member, driver: SqliteDriver): () => void {
  return deadline.over ? () => reject(new StoreError('ERR_STORE_TIMEOUT')) : run(driver)
}
