import Database from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'
import { errorOf } from '../../src/errors.js'
import { sqliteStore } from '../../src/stores/sqlite.js'
import type { ReceiverOptions, Store } from '../../src/types.js'
import { acmeBatch, gate, receiver, request, watchedStore } from '../support/acme.js'
import { sqliteFolder } from '../support/sqlite.js'

type Libsql = InstanceType<typeof Database>

const folder = sqliteFolder()
afterAll(folder.remove)

async function transacting(
  options: ReceiverOptions<Libsql> = {},
  provider?: ReturnType<typeof acmeBatch>,
): Promise<ReturnType<typeof receiver<Libsql>> & { effects: () => unknown[] }> {
  const file = folder.file()
  const store = sqliteStore(() => new Database(file), { transaction: true })
  await store.migrate()
  const outside = new Database(file)
  outside.exec('CREATE TABLE effects (id TEXT)')
  const made = receiver<Libsql>({ store, ...options }, provider)
  return { ...made, effects: () => outside.prepare('SELECT id FROM effects').all() }
}

const write = (transaction: Libsql, id: string): unknown =>
  transaction.prepare('INSERT INTO effects VALUES (?)').run(id)
/** Ends the transaction behind hookproof's back. */
const spoil = (transaction: Libsql): unknown => transaction.exec('SELECT 1; ROLLBACK')

describe('handlers that end a transaction badly are no failure of the store', () => {
  it('a handler that runs past maxRunMs: 503, said once, nothing kept, and the next delivery runs', async () => {
    const { receiver: acme, errors, effects } = await transacting({ maxRunMs: 1000 })
    let runs = 0
    acme.on('ping', async (event, { transaction }) => {
      write(transaction, event.id)
      if (++runs === 1) await new Promise(() => undefined)
    })
    const hanging = await acme.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect(hanging).toMatchObject({ status: 503, outcome: 'busy', headers: { 'retry-after': '1' } })
    await new Promise((resolve) => setImmediate(resolve))
    expect({ errors, storeErrors: acme.counters.storeErrors }).toEqual({
      errors: ['ERR_HANDLER_TIMEOUT'],
      storeErrors: 0,
    })
    expect(effects()).toEqual([])
    expect(await acme.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({ status: 200 })
    expect(effects()).toEqual([{ id: 'e1' }])
  })

  it('one that waits for its turn in vain: 503, and the one that had it is the only error', async () => {
    const { receiver: acme, errors } = await transacting({ maxRunMs: 1000 })
    const started = gate()
    acme.on('ping', async () => {
      started.open()
      await new Promise(() => undefined)
    })
    const hanging = acme.receive(request())
    await started.promise
    expect(await acme.receive(request())).toMatchObject({ status: 503, outcome: 'busy' })
    expect(await hanging).toMatchObject({ status: 503, outcome: 'busy' })
    await new Promise((resolve) => setImmediate(resolve))
    expect({ errors, storeErrors: acme.counters.storeErrors }).toEqual({
      errors: ['ERR_HANDLER_TIMEOUT'],
      storeErrors: 0,
    })
  })

  it('a handler that ends the transaction: the retry status, and the next delivery is the second attempt', async () => {
    const { receiver: acme, errors } = await transacting()
    const attempts: number[] = []
    acme.on('ping', (_, { transaction, attempt }) => {
      attempts.push(attempt)
      if (attempt === 1) spoil(transaction)
    })
    const spoilt = await acme.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect(spoilt).toMatchObject({ status: 500, outcome: 'failed' })
    expect(errors).toEqual(['ERR_HANDLER_FAILED'])
    expect(acme.counters).toMatchObject({ storeErrors: 0, failed: 1, handled: 0 })
    expect(await acme.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({ status: 200 })
    expect(attempts).toEqual([1, 2])
  })

  it('in a batch: the others run, and the whole comes again', async () => {
    const { receiver: batch, effects } = await transacting({}, acmeBatch())
    batch.on('ping', (event, { transaction, attempt }) => {
      write(transaction, event.id)
      if (event.id === 'a' && attempt === 1) spoil(transaction)
    })
    const body = ['a', 'b'].map((id) => ({ type: 'ping', id }))
    expect(await batch.receive(request(body))).toMatchObject({ status: 500, outcome: 'failed' })
    expect(effects()).toEqual([{ id: 'b' }])
    expect(await batch.receive(request(body))).toMatchObject({ status: 200 })
    expect(effects()).toEqual([{ id: 'b' }, { id: 'a' }])
  })

  it.each(['before', 'after'])('a store that ends a run by itself, %s the handlers, is believed', async (when) => {
    const transaction: NonNullable<Store['transaction']> = async (_key, _options, run) => {
      if (when === 'after') await run(undefined, 1)
      throw errorOf('ERR_HANDLER_TIMEOUT')
    }
    const store: Store = { ...watchedStore(), transaction }
    const { receiver: acme, errors } = receiver({ store })
    acme.on('ping', () => undefined)
    expect(await acme.receive(request())).toMatchObject({ status: 503, outcome: 'busy' })
    expect({ errors, storeErrors: acme.counters.storeErrors }).toEqual({
      errors: ['ERR_HANDLER_TIMEOUT'],
      storeErrors: 0,
    })
  })
})

it('a store that is down in transaction mode is asked only once for the whole request', async () => {
  let asked = 0
  const transaction = (): Promise<never> => {
    asked++
    return Promise.reject(errorOf('ERR_STORE_TIMEOUT'))
  }
  const { receiver: batch, errors } = receiver({ store: { ...watchedStore(), transaction } }, acmeBatch())
  batch.on('ping', () => undefined)
  const reply = await batch.receive(request(['a', 'b', 'c'].map((id) => ({ type: 'ping', id }))))
  expect(reply).toMatchObject({ status: 503, outcome: 'unavailable' })
  expect({ asked, errors, storeErrors: batch.counters.storeErrors }).toEqual({
    asked: 1,
    errors: ['ERR_STORE_TIMEOUT'],
    storeErrors: 1,
  })
})
