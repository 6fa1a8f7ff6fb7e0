import assert from 'node:assert/strict'
import { isWebhookError } from '../errors.js'
import { gate } from './_gate.js'
import type { TransactionCase } from './_transaction-record.js'

const code = (expected: string) => (error: unknown) => isWebhookError(error) && error.code === expected

/** Uses a client and reports what came back, whether thrown at once or rejected. */
async function outcomeOf(use: () => unknown): Promise<unknown> {
  try {
    return await use()
  } catch (error) {
    return error
  }
}

const failures: readonly TransactionCase[] = [
  [
    'a handler that throws rolls everything back, its error comes through as it is, and the event may run again',
    async (record) => {
      const error = new Error('no')
      const failing = record.transact(async (transaction) => {
        await record.subject.write(transaction, record.key)
        throw error
      })
      await assert.rejects(failing, (thrown) => thrown === error)
      await record.has(0)
      await record.ran(1)
      await record.has(1)
    },
  ],
  [
    'at the signal the effect is rolled back at once, however long the handler goes on',
    async (record) => {
      const controller = new AbortController()
      const [started, late] = [gate(), gate()]
      const hanging = record.transact(
        async (transaction) => {
          await record.subject.write(transaction, record.key)
          started.open()
          await late.opened
          return { value: undefined }
        },
        { signal: controller.signal },
      )
      await started.opened
      controller.abort()
      await assert.rejects(hanging, code('ERR_HANDLER_TIMEOUT'))
      await record.has(0)
      await record.ran(1)
      late.open()
      await record.has(1)
    },
  ],
  [
    'an event whose signal is aborted already runs nothing',
    async (record) => {
      const running = record.transact(async () => assert.fail('the handlers ran'), { signal: AbortSignal.abort() })
      await assert.rejects(running)
      await record.ran(1)
    },
  ],
]

const afterwards: readonly TransactionCase[] = [
  ...(['commit', 'failure', 'abort'] as const).map(
    (after): TransactionCase => [
      `after the ${after} every use of the client throws ERR_TRANSACTION_SETTLED and writes nothing`,
      async (record) => {
        const controller = new AbortController()
        const kept: unknown[] = []
        const running = record.transact(
          async (transaction) => {
            kept.push(transaction)
            if (after === 'failure') throw new Error('no')
            if (after === 'commit') return { value: undefined }
            controller.abort()
            return await new Promise<never>(() => undefined)
          },
          { signal: controller.signal },
        )
        await running.catch(() => undefined)
        const outcome = await outcomeOf(() => record.subject.write(kept[0], record.key))
        assert.ok(code('ERR_TRANSACTION_SETTLED')(outcome), `refused, not ${String(outcome)}`)
        await record.has(0)
      },
    ],
  ),
]

const control: readonly TransactionCase[] = [
  ...['COMMIT', 'ROLLBACK', ' begin', '/* x */ rollback;'].map(
    (sql): TransactionCase => [
      `a handler that says "${sql}" is refused before it does harm`,
      async (record) => {
        const refused = record.transact(async (transaction) => {
          await record.subject.write(transaction, record.key)
          await record.subject.execute(transaction, sql)
          return { value: undefined }
        })
        await assert.rejects(refused, code('ERR_TRANSACTION_SETTLED'))
        await record.has(0)
        await record.ran(1)
      },
    ],
  ),
  ...(['COMMIT', 'ROLLBACK', 'COMMIT; BEGIN', 'ROLLBACK; BEGIN'] as const).map(
    (sql): TransactionCase => [
      `a handler that gets "${sql}" past the refusal has failed: the event is not done`,
      async (record) => {
        const ended = record.transact(async (transaction) => {
          await record.subject.write(transaction, record.key)
          await record.subject.execute(transaction, `SELECT 1; ${sql}`)
          return { value: undefined }
        })
        await assert.rejects(ended, code('ERR_HANDLER_FAILED'))
        assert.equal((await record.lease.claim('b')).status, sql.startsWith('COMMIT') ? 'busy' : 'won')
      },
    ],
  ),
  [
    'a handler may use savepoints',
    async (record) => {
      await record.transact(async (transaction) => {
        await record.subject.write(transaction, record.key)
        await record.subject.execute(transaction, 'SAVEPOINT mine')
        await record.subject.write(transaction, record.key)
        await record.subject.execute(transaction, 'ROLLBACK TO SAVEPOINT mine')
        return { value: undefined }
      })
      await record.has(1)
    },
  ],
]

/** How a transaction ends other than well. */
export const endingCases: readonly TransactionCase[] = [...failures, ...afterwards, ...control]
