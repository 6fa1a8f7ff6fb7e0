import { expect, it } from 'vitest'
import { gate, receiver, request, watchedStore } from '../support/acme.js'

it('takes nothing new, waits for what runs and settles it', async () => {
  const store = watchedStore()
  const { receiver: acme } = receiver({ store })
  const [started, end] = [gate(), gate()]
  acme.onAny(async () => {
    started.open()
    await end.promise
  })
  const running = acme.receive(request())
  await started.promise
  const closed = acme.close()
  expect(await acme.receive(request())).toMatchObject({ status: 503, outcome: 'busy' })
  end.open()
  await closed
  expect((await running).outcome).toBe('handled')
  expect(store.calls).toEqual(['claim', 'finish done'])
})

it('aborts at the limit; a handler that heeds the signal is free again, one that does not is never freed', async () => {
  const store = watchedStore()
  const { receiver: acme } = receiver({ store })
  acme.on(
    'heeds',
    (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  )
  acme.on('ignores', () => new Promise(() => undefined))
  const replies = [acme.receive(request({ type: 'heeds' })), acme.receive(request({ type: 'ignores' }))]
  await new Promise((resolve) => setImmediate(resolve))
  await acme.close({ timeoutMs: 30 })
  expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([503, 503])
  expect(store.calls).toEqual(['claim', 'claim', 'finish free'])
})

it('ends a batch between two events', async () => {
  const { acmeBatch } = await import('../support/acme.js')
  const { receiver: acme } = receiver({}, acmeBatch())
  const [started, end] = [gate(), gate()]
  acme.onAny(async () => {
    started.open()
    await end.promise
  })
  const running = acme.receive(request([{ id: 'a' }, { id: 'b' }]))
  await started.promise
  const closed = acme.close()
  end.open()
  await closed
  expect(await running).toMatchObject({
    status: 503,
    events: [
      { id: 'a', outcome: 'handled' },
      { id: 'b', outcome: 'busy' },
    ],
  })
})

it('waits for a guarded request until it is settled', async () => {
  const { receiver: acme } = receiver()
  const admission = await acme.guard()(request())
  const order: string[] = []
  const closed = acme.close().then(() => order.push('closed'))
  if ('delivery' in admission) await admission.settle(200).then(() => order.push('settled'))
  await closed
  expect(order).toEqual(['settled', 'closed'])
})
