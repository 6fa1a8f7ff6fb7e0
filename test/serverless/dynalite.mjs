import { createRequire } from 'node:module'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'

const require = createRequire(import.meta.url)
const database = require('dynalite/db')
const { types } = require('dynalite/validations/updateItem')
const { checkConditional } = database
let tellsOld = false

// The emulator knows no ReturnValuesOnConditionCheckFailure. Its check runs under the item's lock, so that what is told here is what was judged.
database.checkConditional = (data, item) => {
  const refusal = checkConditional(data, item)
  if (tellsOld && refusal && item && data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') refusal.body.Item = item
  return refusal
}

/** @param told whether a refused write returns what stood there, as DynamoDB does since 2023 */
export async function startDynalite(told) {
  tellsOld = told
  if (told) types.ReturnValuesOnConditionCheckFailure = { type: 'String', enum: ['ALL_OLD', 'NONE'] }
  else delete types.ReturnValuesOnConditionCheckFailure
  const server = dynalite({ createTableMs: 0 })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${server.address().port}`
  const clients = []
  return {
    endpoint,
    client(options = {}) {
      const client = connect(endpoint, options)
      clients.push(client)
      return client
    },
    async stop() {
      for (const client of clients) client.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function connect(endpoint, options = {}) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return new DynamoDB({ endpoint, region: 'eu-central-1', credentials, maxAttempts: 1, ...options })
}

/** The table exists and is active. */
export async function createTable(client, { table }) {
  await client.createTable(table)
  for (;;) {
    const { Table } = await client.describeTable({ TableName: table.TableName })
    if (Table.TableStatus === 'ACTIVE') return
  }
}
