import { StoreError } from '../errors.js'
import { checkOptions, invalidOption } from '../lib/options.js'
import type { Store } from '../types.js'
import { dynamoProblems } from './_dynamodb-check.js'
import { type DynamoDbItem, type DynamoDbLike, dynamoError, isLostCondition } from './_dynamodb-client.js'
import { readItem, type Stand, updateInput } from './_dynamodb-items.js'
import { claimStep, type EventRecord, finishStep, renewStep, resetStep, type Step } from './_record-steps.js'

export { type DynamoDbSchema, dynamodbSchema } from './_dynamodb-check.js'
export type { DynamoDbLike } from './_dynamodb-client.js'

export interface DynamodbStoreOptions {
  /** Name of the table, made with what `dynamodbSchema` returns. */
  readonly table: string
  /** Stands before every key. Give each service that shares the table its own. @default '' */
  readonly prefix?: string | undefined
  /** ms since the epoch. Clocks of all processes must agree to within a tenth of leaseMs. @default Date.now */
  readonly clock?: (() => number) | undefined
}

const WHERE = 'dynamodbStore'
/** Each lost write means that another one came through. */
const TRIES = 12

/**
 * Claims in DynamoDB: one conditional UpdateItem for a claim, a duplicate, a renewal and a finish; two for a takeover.
 *
 * DynamoDB tells no time, so leases are measured by the callers' clocks: keep them within a tenth of `leaseMs` of each other (3
 * seconds by default; NTP keeps milliseconds). A clock that is ahead by more than two thirds of a lease takes events over that still run.
 *
 * Takes `new DynamoDB({ maxAttempts: 1 })` of `@aws-sdk/client-dynamodb`; it stays yours to close.
 * @param options.table name of the table
 * @param options.prefix stands before every key. @default ''
 * @param options.clock ms since the epoch. @default Date.now
 * @throws ConfigError ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN; its verbs: StoreError ERR_STORE_UNAVAILABLE, ERR_STORE_SCHEMA, ERR_STORE_CORRUPT
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 */
export function dynamodbStore(client: DynamoDbLike, options: DynamodbStoreOptions): Store {
  const { table, prefix, clock } = resolve(client, options)

  async function read(key: string): Promise<EventRecord | undefined> {
    const input = { TableName: table, Key: { pk: { S: prefix + key } }, ConsistentRead: true } as const
    const { Item } = await client.getItem(input).catch(refuse)
    return Item === undefined ? undefined : readItem(Item as DynamoDbItem) // as GetItem documents it
  }

  /** Undefined: written. Else what stood in the way. */
  async function write(key: string, stand: Stand, change: Partial<EventRecord>, signal?: AbortSignal): Promise<Lost> {
    const input = updateInput(table, prefix + key, stand, change)
    try {
      await client.updateItem(input, signal === undefined ? {} : { abortSignal: signal })
      return undefined
    } catch (error) {
      if (!isLostCondition(error)) throw dynamoError(error)
      // The item is left out where there is none, and by older emulators and proxies.
      return { record: error.Item === undefined ? await read(key) : readItem(error.Item) }
    }
  }

  /** Writes on the assumption that usually holds; where it does not, the refusal tells what does. */
  async function run<T>(key: string, { nonce, assumed, step, signal }: Verb<T>): Promise<T> {
    let known = assumed
    for (let left = TRIES; left > 0; left--) {
      const now = clock()
      const record = known !== undefined && known.expires > now ? known : undefined
      const { answer, write: change } = step(record, now)
      if (change === undefined) return answer
      const lost = await write(key, { record, nonce, now }, change, signal)
      if (lost === undefined) return answer
      known = lost.record
    }
    throw new StoreError('ERR_STORE_UNAVAILABLE', { detail: `${TRIES} others wrote to one record in between` })
  }

  return {
    name: 'dynamodb',
    claim(key, claim) {
      const { nonce, signal } = claim
      return run(key, { nonce, signal, step: (record, now) => claimStep(record, claim, now) })
    },
    renew(key, renewal) {
      const { nonce, signal } = renewal
      return run(key, {
        nonce,
        signal,
        assumed: ownedBy(nonce),
        step: (record, now) => renewStep(record, renewal, now),
      })
    },
    finish(key, finish) {
      const { nonce, signal } = finish
      return run(key, {
        nonce,
        signal,
        assumed: ownedBy(nonce),
        step: (record, now) => finishStep(record, finish, now),
      })
    },
    reset: async (key) => run(key, { assumed: await read(key), step: resetStep }),
    check: () => dynamoProblems(client, table),
  }
}

interface Verb<T> {
  readonly nonce?: string | undefined
  /** The record as it most likely is. */
  readonly assumed?: EventRecord | undefined
  readonly signal?: AbortSignal | undefined
  step(record: EventRecord | undefined, now: number): Step<T>
}
type Lost = { readonly record: EventRecord | undefined } | undefined

interface Resolved {
  readonly table: string
  readonly prefix: string
  readonly clock: () => number
}

/** The fields that a renewal and a finish by the owner look at. */
function ownedBy(nonce: string): EventRecord {
  const expires = Number.POSITIVE_INFINITY
  return { state: 'busy', nonce, fence: 0, leaseUntil: 0, attempt: 1, tag: '', expires }
}

function refuse(error: unknown): never {
  throw dynamoError(error)
}

function resolve(client: DynamoDbLike, options: DynamodbStoreOptions): Resolved {
  for (const name of ['updateItem', 'getItem', 'describeTable', 'describeTimeToLive'] as const) {
    if (typeof client?.[name] === 'function') continue
    throw invalidOption(WHERE, 'client', `a DynamoDB of @aws-sdk/client-dynamodb: it has no ${name}`)
  }
  const given = checkOptions(options, ['table', 'prefix', 'clock'], WHERE)
  const { table, prefix = '', clock = Date.now } = given
  if (typeof table !== 'string' || table === '') throw invalidOption(WHERE, 'table', 'the name of a table')
  if (typeof prefix !== 'string') throw invalidOption(WHERE, 'prefix', 'a string')
  if (typeof clock !== 'function') throw invalidOption(WHERE, 'clock', 'a function')
  return { table, prefix, clock }
}
