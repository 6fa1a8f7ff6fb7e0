// dynamodbStore against the emulator: the contract, round trips, skew, check and errors.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createTable, startDynalite } from './dynalite.mjs'

const TABLE = 'hookproof-events'
const LEASE = 30_000
const claimed = (nonce = randomUUID()) => ({ nonce, leaseMs: LEASE, retentionMs: 60_000, tag: 'tag' })

/** Counts the requests of a client. */
function counted(client) {
  const calls = []
  const proxy = new Proxy(client, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args) => {
        calls.push(name)
        return value.apply(target, args)
      }
    },
  })
  return { proxy, calls }
}

export async function dynamodbSuite(suite, { dynamodbStore, dynamodbSchema, storeContract }) {
  for (const told of [true, false]) {
    const server = await startDynalite(told)
    const client = server.client()
    await createTable(client, dynamodbSchema(TABLE))
    const store = dynamodbStore(client, { table: TABLE })
    const how = told ? 'refusals tell the item' : 'refusals tell nothing'
    await suite.run(
      `dynamodb contract, ${how}`,
      storeContract(() => store),
    )
    await suite.run(`dynamodb, ${how}`, cases({ server, client, dynamodbStore, dynamodbSchema, told }))
    await server.stop()
  }
}

function cases({ server, client, dynamodbStore, dynamodbSchema, told }) {
  const fresh = (title, run) => ({ title, run: () => run(`case:${randomUUID()}`) })
  const trips = async (calls, work) => {
    calls.length = 0
    const answer = await work()
    return [answer.status ?? answer, [...calls]]
  }
  const refused = told ? ['updateItem'] : ['updateItem', 'getItem']
  return [
    fresh('one request for a claim, a duplicate, a renewal and a finish; one more for a takeover', async (key) => {
      const { proxy, calls } = counted(client)
      let now = 1_900_000_000_000
      const store = dynamodbStore(proxy, { table: TABLE, clock: () => now })
      assert.deepEqual(await trips(calls, () => store.claim(key, claimed('a'))), ['won', ['updateItem']])
      assert.deepEqual(await trips(calls, () => store.claim(key, claimed('b'))), ['busy', refused])
      assert.deepEqual(await trips(calls, () => store.renew(key, claimed('a'))), [true, ['updateItem']])
      now += LEASE + 1
      assert.deepEqual(await trips(calls, () => store.claim(key, claimed('b'))), ['won', [...refused, 'updateItem']])
      const done = { nonce: 'b', to: 'done', progress: '', retentionMs: 60_000 }
      assert.deepEqual(await trips(calls, () => store.finish(key, done)), ['ok', ['updateItem']])
      assert.deepEqual(await trips(calls, () => store.claim(key, claimed('c'))), ['done', refused])
    }),
    fresh('clocks that differ by a tenth of a lease take no lease that is renewed at a third', async (key) => {
      let now = 1_900_000_000_000
      const behind = dynamodbStore(client, { table: TABLE, clock: () => now })
      const ahead = dynamodbStore(client, { table: TABLE, clock: () => now + LEASE / 10 })
      await behind.claim(key, claimed('a'))
      for (let third = 0; third < 6; third++) {
        now += LEASE / 3
        assert.equal((await ahead.claim(key, claimed('b'))).status, 'busy')
        assert.equal(await behind.renew(key, claimed('a')), true)
      }
      now += LEASE - LEASE / 10 + 1
      assert.equal(
        (await ahead.claim(key, claimed('b'))).status,
        'won',
        'the assumption is about the clocks, and ends here',
      )
      assert.equal(await behind.finish(key, { nonce: 'a', to: 'done', progress: '', retentionMs: 1000 }), 'lost')
    }),
    fresh('a fence rises where the next owner has the clock that is behind', async (key) => {
      const at = (now) => dynamodbStore(client, { table: TABLE, clock: () => now })
      const first = await at(1_900_000_003_000).claim(key, { ...claimed('a'), leaseMs: 1 })
      await at(1_900_000_003_000).finish(key, { nonce: 'a', to: 'free', progress: '', retentionMs: 60_000 })
      const second = await at(1_900_000_000_000).claim(key, claimed('b'))
      assert.equal(second.fence, first.fence + 1)
    }),
    fresh('an owner whose record is over neither renews nor frees it; done is late', async (key) => {
      let now = 1_900_000_000_000
      const store = dynamodbStore(client, { table: TABLE, clock: () => now })
      await store.claim(key, claimed('a'))
      now += 60_001
      const finish = { nonce: 'a', progress: '', retentionMs: 60_000 }
      assert.equal(await store.renew(key, claimed('a')), false)
      assert.equal(await store.finish(key, { ...finish, to: 'free' }), 'lost')
      assert.equal(await store.reset(key), false)
      assert.equal(await store.finish(key, { ...finish, to: 'done' }), 'late')
      assert.equal((await store.claim(key, claimed('b'))).status, 'done')
    }),
    fresh('a takeover loses against a renewal that comes between its look and its write', async (key) => {
      let now = 1_900_000_000_000
      const clock = () => now
      const owner = dynamodbStore(client, { table: TABLE, clock })
      await owner.claim(key, claimed('a'))
      now += LEASE + 1
      let writes = 0
      const updateItem = async (...args) => {
        if (++writes === 2) assert.equal(await owner.renew(key, claimed('a')), true)
        return client.updateItem(...args)
      }
      const slow = new Proxy(client, {
        get: (target, name) => (name === 'updateItem' ? updateItem : target[name].bind(target)),
      })
      assert.equal((await dynamodbStore(slow, { table: TABLE, clock }).claim(key, claimed('b'))).status, 'busy')
      assert.equal(writes, 2)
    }),
    fresh('expires_at is whole seconds, never before the record is over', async (key) => {
      const store = dynamodbStore(client, { table: TABLE, prefix: 'p:', clock: () => 1_900_000_000_001 })
      await store.claim(key, claimed())
      const { Item } = await client.getItem({ TableName: TABLE, Key: { pk: { S: `p:${key}` } } })
      assert.deepEqual([Item.expires_ms.N, Item.expires_at.N], ['1900000060001', '1900000061'])
    }),
    fresh('a retention without end can be written', async (key) => {
      const store = dynamodbStore(client, { table: TABLE })
      await store.claim(key, { ...claimed('a'), retentionMs: Number.POSITIVE_INFINITY })
      await store.finish(key, { nonce: 'a', to: 'done', progress: '', retentionMs: Number.POSITIVE_INFINITY })
      assert.equal((await store.claim(key, claimed('b'))).status, 'done')
    }),
    fresh('an attribute of a later version is kept', async (key) => {
      const store = dynamodbStore(client, { table: TABLE })
      await store.claim(key, claimed('a'))
      const Key = { pk: { S: key } }
      await client.updateItem({
        TableName: TABLE,
        Key,
        UpdateExpression: 'SET later = :x',
        ExpressionAttributeValues: { ':x': { S: 'y' } },
      })
      await store.finish(key, { nonce: 'a', to: 'free', progress: 'x', retentionMs: 60_000 })
      await store.claim(key, claimed('b'))
      assert.equal((await client.getItem({ TableName: TABLE, Key })).Item.later.S, 'y')
    }),
    ...settings({ client, dynamodbStore, dynamodbSchema }),
    ...failures({ server, client, dynamodbStore, fresh }),
  ]
}

function settings({ client, dynamodbStore, dynamodbSchema }) {
  const withTtl = (description) => {
    const bound = (name) => client[name].bind(client)
    const describeTimeToLive = async () => ({ TimeToLiveDescription: description })
    return {
      updateItem: bound('updateItem'),
      getItem: bound('getItem'),
      describeTable: bound('describeTable'),
      describeTimeToLive,
    }
  }
  const check = (given, table) => dynamodbStore(given, { table }).check()
  return [
    {
      title: 'check is content with the table of dynamodbSchema and its time to live',
      run: async () =>
        assert.deepEqual(await check(withTtl({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires_at' }), TABLE), []),
    },
    {
      title: 'check tells of a time to live that is off, or on another attribute',
      run: async () => {
        assert.match((await check(client, TABLE)).join(), /not enabled/)
        assert.match(
          (await check(withTtl({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' }), TABLE)).join(),
          /another attribute/,
        )
      },
    },
    {
      title: 'check tells of a missing table and of one with another key',
      run: async () => {
        assert.match((await check(client, 'nothing')).join(), /does not exist/)
        const { table } = dynamodbSchema(`other-${randomUUID()}`)
        const other = {
          ...table,
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }
        await createTable(client, { table: other })
        assert.match((await check(client, table.TableName)).join(), /one key pk/)
      },
    },
    {
      title: 'wrong options are refused when the store is made',
      run: () => {
        const code = (make) => assert.throws(make, { code: 'ERR_OPTION_INVALID' })
        code(() => dynamodbStore({ send() {} }, { table: TABLE }))
        code(() => dynamodbStore(client, {}))
        code(() => dynamodbStore(client, { table: TABLE, prefix: 1 }))
        code(() => dynamodbStore(client, { table: TABLE, clock: 1 }))
        assert.throws(() => dynamodbStore(client, { table: TABLE, tabel: 1 }), { code: 'ERR_OPTION_UNKNOWN' })
      },
    },
  ]
}

function failures({ server, client, dynamodbStore, fresh }) {
  const throwing = (name) => {
    const fail = async () => {
      throw Object.assign(new Error('from the service'), { name })
    }
    return { updateItem: fail, getItem: fail, describeTable: fail, describeTimeToLive: fail }
  }
  const named = [
    ['ProvisionedThroughputExceededException', 'ERR_STORE_UNAVAILABLE'],
    ['ThrottlingException', 'ERR_STORE_UNAVAILABLE'],
    ['RequestLimitExceeded', 'ERR_STORE_UNAVAILABLE'],
    ['AccessDeniedException', 'ERR_STORE_UNAVAILABLE'],
    ['ResourceNotFoundException', 'ERR_STORE_SCHEMA'],
    ['ValidationException', 'ERR_STORE_SCHEMA'],
  ].map(([name, code]) =>
    fresh(`${name} is ${code}`, async (key) => {
      const store = dynamodbStore(throwing(name), { table: TABLE })
      await assert.rejects(() => store.claim(key, claimed()), { code })
      await assert.rejects(() => store.reset(key), { code })
    }),
  )
  return [
    ...named,
    fresh('a missing table is ERR_STORE_SCHEMA', async (key) => {
      await assert.rejects(() => dynamodbStore(client, { table: 'nothing' }).claim(key, claimed()), {
        code: 'ERR_STORE_SCHEMA',
      })
    }),
    fresh('a server that is away is ERR_STORE_UNAVAILABLE', async (key) => {
      const store = dynamodbStore(server.client({ endpoint: 'http://127.0.0.1:1' }), { table: TABLE })
      await assert.rejects(() => store.claim(key, claimed()), { code: 'ERR_STORE_UNAVAILABLE' })
    }),
    fresh('an aborted claim ends as ERR_STORE_UNAVAILABLE', async (key) => {
      const signal = AbortSignal.abort()
      await assert.rejects(() => dynamodbStore(client, { table: TABLE }).claim(key, { ...claimed(), signal }), {
        code: 'ERR_STORE_UNAVAILABLE',
      })
    }),
    fresh('an answer that was lost does no harm: the client resends and the nonce is known', async (key) => {
      let sent = 0
      const losing = new Proxy(client, {
        get: (target, name) =>
          name !== 'updateItem'
            ? target[name].bind(target)
            : async (...args) => {
                const answer = await target.updateItem(...args)
                if (++sent === 1) throw Object.assign(new Error('reset'), { name: 'TimeoutError' })
                return answer
              },
      })
      const store = dynamodbStore(losing, { table: TABLE })
      await assert.rejects(() => store.claim(key, claimed('a')), { code: 'ERR_STORE_UNAVAILABLE' })
      const again = await store.claim(key, claimed('a'))
      assert.deepEqual([again.status, again.attempt], ['won', 1])
    }),
    fresh('a damaged item is ERR_STORE_CORRUPT', async (key) => {
      const item = { pk: { S: key }, state: { S: 'odd' }, expires_ms: { N: '9999999999999' } }
      await client.putItem({ TableName: TABLE, Item: item })
      await assert.rejects(() => dynamodbStore(client, { table: TABLE }).claim(key, claimed()), {
        code: 'ERR_STORE_CORRUPT',
      })
    }),
  ]
}
