import { StoreError } from '../errors.js'
import type { DynamoDbItem, DynamoDbValue, UpdateInput } from './_dynamodb-client.js'
import type { EventRecord } from './_record-steps.js'

/** Name and type of each field's attribute. Frozen: versions n and n+1 share one table; a later one only adds. */
const ATTRIBUTES: readonly (readonly [field: keyof EventRecord, attribute: string, type: 'S' | 'N'])[] = [
  ['state', 'state', 'S'],
  ['nonce', 'nonce', 'S'],
  ['fence', 'fence', 'N'],
  ['leaseUntil', 'lease_until', 'N'],
  ['attempt', 'attempt', 'N'],
  ['tag', 'tag', 'S'],
  ['progress', 'progress', 'S'],
  ['result', 'result', 'S'],
  ['expires', 'expires_ms', 'N'],
]

/** What a write relies on. */
export interface Stand {
  /** As read, or as assumed of an owner; undefined: absent or expired. */
  readonly record: EventRecord | undefined
  /** Whose write it is. */
  readonly nonce: string | undefined
  readonly now: number
}

/** One conditional UpdateItem. Seconds for DynamoDB's sweeper are rounded up: never before the record's own time. */
export function updateInput(table: string, key: string, stand: Stand, change: Partial<EventRecord>): UpdateInput {
  const names: UpdateInput['ExpressionAttributeNames'] = {}
  const values: UpdateInput['ExpressionAttributeValues'] = {}
  const name = (attribute: string): string => {
    names[`#${attribute}`] = attribute
    return `#${attribute}`
  }
  const value = (label: string, type: 'S' | 'N', content: string | number): string => {
    values[`:${label}`] = type === 'S' ? { S: String(content) } : { N: String(content) }
    return `:${label}`
  }
  const set: string[] = []
  const removed: string[] = []
  for (const [field, attribute, type] of ATTRIBUTES) {
    const content = change[field]
    if (content !== undefined) set.push(`${name(attribute)} = ${value(attribute, type, content)}`)
    else if (field in change) removed.push(name(attribute))
  }
  if (change.expires !== undefined) {
    set.push(`${name('expires_at')} = ${value('expires_at', 'N', Math.ceil(change.expires / 1000))}`)
  }
  const equal = (attribute: string, type: 'S' | 'N', content: string | number): string =>
    `${name(attribute)} = ${value(`old_${attribute}`, type, content)}`
  return {
    TableName: table,
    Key: { pk: { S: key } },
    UpdateExpression: `SET ${set.join(', ')}${removed.length === 0 ? '' : ` REMOVE ${removed.join(', ')}`}`,
    ConditionExpression: condition(stand, name, value, equal),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }
}

type Place = (label: string, type: 'S' | 'N', content: string | number) => string

function condition(
  { record, nonce, now }: Stand,
  name: (attribute: string) => string,
  value: Place,
  equal: Place,
): string {
  const time = (): string => value('now', 'N', Math.floor(now))
  if (record === undefined) return `attribute_not_exists(${name('pk')}) OR ${name('expires_ms')} <= ${time()}`
  const same = [equal('state', 'S', record.state), equal('nonce', 'S', record.nonce)]
  const owned = record.state === 'busy' && record.nonce === nonce
  if (owned) same.push(`${name('expires_ms')} > ${time()}`)
  else same.push(equal('fence', 'N', record.fence), equal('lease_until', 'N', record.leaseUntil))
  return same.join(' AND ')
}

/** Throws StoreError ERR_STORE_CORRUPT where it is no record. */
export function readItem(item: DynamoDbItem): EventRecord {
  return {
    state: stateOf(item.state),
    nonce: item.nonce?.S ?? '',
    fence: numberOf(item.fence),
    leaseUntil: numberOf(item.lease_until),
    attempt: numberOf(item.attempt),
    tag: item.tag?.S ?? '',
    progress: item.progress?.S,
    result: item.result?.S,
    expires: numberOf(item.expires_ms),
  }
}

function stateOf(value: DynamoDbValue | undefined): EventRecord['state'] {
  const state = value?.S
  if (state === 'busy' || state === 'free' || state === 'done' || state === 'dead') return state
  throw new StoreError('ERR_STORE_CORRUPT', { detail: 'an item has no state that is known' })
}

function numberOf(value: DynamoDbValue | undefined): number {
  const number = Number(value?.N ?? Number.NaN)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new StoreError('ERR_STORE_CORRUPT', { detail: 'a number of an item is missing or not one' })
}
