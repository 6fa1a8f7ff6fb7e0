import { type DynamoDbLike, dynamoError } from './_dynamodb-client.js'

/** What makes the table. */
export interface DynamoDbSchema {
  /** For `createTable`. */
  readonly table: {
    TableName: string
    AttributeDefinitions: { AttributeName: string; AttributeType: 'S' }[]
    KeySchema: { AttributeName: string; KeyType: 'HASH' }[]
    BillingMode: 'PAY_PER_REQUEST'
  }
  /** For `updateTimeToLive`, once the table is there. */
  readonly timeToLive: {
    TableName: string
    TimeToLiveSpecification: { AttributeName: string; Enabled: true }
  }
}

/**
 * The table, version 1, to review or to hand to `client.createTable` and `client.updateTimeToLive`.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export function dynamodbSchema(table: string): DynamoDbSchema {
  return {
    table: {
      TableName: table,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
    timeToLive: {
      TableName: table,
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
    },
  }
}

interface Table {
  readonly TableStatus?: string | undefined
  readonly KeySchema?: readonly { readonly AttributeName?: string; readonly KeyType?: string }[] | undefined
  readonly AttributeDefinitions?:
    | readonly { readonly AttributeName?: string; readonly AttributeType?: string }[]
    | undefined
  readonly Replicas?: readonly unknown[] | undefined
}

/** What `check()` of the DynamoDB store finds. */
export async function dynamoProblems(client: DynamoDbLike, name: string): Promise<readonly string[]> {
  const described = await client.describeTable({ TableName: name }).catch((error: unknown) => {
    const refused = dynamoError(error)
    if (refused.code === 'ERR_STORE_SCHEMA') return undefined
    throw refused
  })
  if (described === undefined)
    return [`table ${name} does not exist: make it with dynamodbSchema(${JSON.stringify(name)}).`]
  const found = tableProblems(name, (described.Table ?? {}) as Table) // as DescribeTable documents it
  const { TimeToLiveDescription } = await client.describeTimeToLive({ TableName: name }).catch((error: unknown) => {
    throw dynamoError(error)
  })
  const ttl = (TimeToLiveDescription ?? {}) as { TimeToLiveStatus?: string; AttributeName?: string } // as documented
  const enabled = ttl.TimeToLiveStatus === 'ENABLED' || ttl.TimeToLiveStatus === 'ENABLING'
  if (!enabled) found.push(`time to live of table ${name} is not enabled: records stay for ever.`)
  else if (ttl.AttributeName !== 'expires_at')
    found.push(`time to live of table ${name} reads another attribute than expires_at: records stay for ever.`)
  return found
}

function tableProblems(name: string, table: Table): string[] {
  const found: string[] = []
  const keys = (table.KeySchema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`)
  const type = table.AttributeDefinitions?.find(({ AttributeName }) => AttributeName === 'pk')?.AttributeType
  if (keys.join() !== 'pk HASH' || type !== 'S') found.push(`table ${name} must have the one key pk, a string.`)
  if (table.TableStatus !== 'ACTIVE' && table.TableStatus !== 'UPDATING') {
    found.push(`table ${name} is ${table.TableStatus}, not ACTIVE.`)
  }
  if ((table.Replicas ?? []).length > 0) {
    found.push(`table ${name} is a global table: claim in one region only, or two regions run the same event.`)
  }
  return found
}
