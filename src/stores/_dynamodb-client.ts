import { type ErrorCode, StoreError } from '../errors.js'

/** A text or a number, as DynamoDB writes them. */
export interface DynamoDbValue {
  readonly S?: string | undefined
  readonly N?: string | undefined
}
export type DynamoDbItem = Readonly<Record<string, DynamoDbValue>>

export interface UpdateInput {
  TableName: string
  Key: Record<string, { S: string }>
  UpdateExpression: string
  ConditionExpression: string
  ExpressionAttributeNames: Record<string, string>
  ExpressionAttributeValues: Record<string, { S: string } | { N: string }>
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
}

/** What is used of a `DynamoDB` client of `@aws-sdk/client-dynamodb` 3. */
export interface DynamoDbLike {
  updateItem(input: UpdateInput, options?: { abortSignal?: AbortSignal }): Promise<unknown>
  getItem(input: {
    TableName: string
    Key: Record<string, { S: string }>
    ConsistentRead: true
  }): Promise<{ readonly Item?: object | undefined }>
  describeTable(input: { TableName: string }): Promise<{ readonly Table?: object | undefined }>
  describeTimeToLive(input: { TableName: string }): Promise<{ readonly TimeToLiveDescription?: object | undefined }>
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

/** The condition of a write did not hold; `Item` is what stood there, where the server tells. */
export function isLostCondition(error: unknown): error is Error & { readonly Item?: DynamoDbItem | undefined } {
  return nameOf(error) === 'ConditionalCheckFailedException'
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  ResourceNotFoundException: 'ERR_STORE_SCHEMA',
  ValidationException: 'ERR_STORE_SCHEMA',
}

/** What an error of the client means; its own text stays in the cause. */
export function dynamoError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause
  const name = nameOf(cause)
  return new StoreError(CODES[name] ?? 'ERR_STORE_UNAVAILABLE', { cause, detail: /^\w{1,80}$/.exec(name)?.[0] })
}
