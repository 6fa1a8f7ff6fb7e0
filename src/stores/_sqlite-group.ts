import { StoreError } from '../errors.js'
import type { MaybePromise } from '../types.js'
import type { Deadline } from './_patience.js'
import { isBusy, type SqliteDriver } from './_sqlite-driver.js'

/*
 * Nine tenths of a claim are its commit, which waits for the disk: 170 of 190 µs. What is written in one turn of the event loop is therefore
 * one transaction, and 50 claims take 1.1 ms.
 */

export interface SqliteGroup {
  /**
   * Runs `work`, one statement, in the next transaction or by itself, and answers when that is committed. BUSY is for the caller, who knows how
   * long to wait.
   */
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

/** Holds the event loop up for 1.4 ms. */
const SIZE = 64
/** What comes alone need not wait for the end of its turn, at 3 µs: after a group of one, so many run at once until one waits again. */
const ALONE = 16

/** Taken here, so that a test that has replaced the timers still gets its answers. */
const atEndOfTurn = setImmediate

type Runner = <T>(work: (driver: SqliteDriver) => T) => T

/** `transact` runs its work in a transaction, `single` one statement by itself; if one throws, nothing is committed. */
export function sqliteGroup(transact: Runner, single: Runner): SqliteGroup {
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
      // Nothing was written. By itself each has its own error or none, as one may have failed for all.
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
        return single(work)
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
