import { PermanentError, RetryLater } from 'hookproof'
import { describe, expect, it } from 'vitest'
import { acme, gate, receiver, request, watchedStore } from '../support/acme.js'

describe('one event', () => {
  it('runs once and is a duplicate from then on', async () => {
    const { receiver: acmeReceiver } = receiver()
    let runs = 0
    acmeReceiver.on('ping', () => ++runs)
    const first = await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    const second = await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect(first).toMatchObject({ status: 200, outcome: 'handled', events: [{ id: 'e1', outcome: 'handled' }] })
    expect(second).toMatchObject({ status: 200, outcome: 'duplicate', headers: { 'x-webhook-duplicate': '1' } })
    expect(runs).toBe(1)
  })

  it('runs once when 50 copies arrive together; the others are told to come again', async () => {
    const { receiver: acmeReceiver } = receiver()
    const started = gate()
    const hold = gate()
    let runs = 0
    acmeReceiver.on('ping', async () => {
      runs++
      started.open()
      await hold.promise
    })
    const copies = Array.from({ length: 50 }, () => acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' })))
    await started.promise
    const others = await Promise.all(copies.slice(1))
    hold.open()
    expect((await copies[0])?.outcome).toBe('handled')
    expect(new Set(others.map(({ status, outcome }) => `${status} ${outcome}`))).toEqual(new Set(['503 busy']))
    expect(Number(others[0]?.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(runs).toBe(1)
  })

  it('makes no record where no handler matches, so that one added later runs it', async () => {
    const store = watchedStore()
    const { receiver: acmeReceiver } = receiver({ store })
    const unhandled: string[] = []
    acmeReceiver.onUnhandled((event) => unhandled.push(event.type))
    expect(await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({
      status: 200,
      outcome: 'unhandled',
    })
    let runs = 0
    acmeReceiver.on('ping', () => ++runs)
    await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect({ unhandled, runs, calls: store.calls }).toEqual({
      unhandled: ['ping'],
      runs: 1,
      calls: ['claim', 'finish done'],
    })
  })

  it('asks the store twice for a handled event and once for a duplicate', async () => {
    const store = watchedStore()
    const { receiver: acmeReceiver } = receiver({ store })
    acmeReceiver.on('ping', () => undefined)
    await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect(store.calls).toEqual(['claim', 'finish done', 'claim'])
  })

  it.each([
    [
      'an Error',
      () => {
        throw new Error('no')
      },
      500,
      undefined,
    ],
    ['a rejection with no Error', () => Promise.reject(null), 500, undefined],
    [
      'a thrown string',
      () => {
        throw 'no'
      },
      500,
      undefined,
    ],
    [
      'RetryLater',
      () => {
        throw new RetryLater(120)
      },
      503,
      '120',
    ],
  ])('is free again after %s', async (_, fail, status, retryAfter) => {
    const { receiver: acmeReceiver, errors } = receiver()
    let attempt = 0
    acmeReceiver.on('ping', (_event, context) => {
      attempt = context.attempt
      return attempt === 1 ? fail() : undefined
    })
    const failed = await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect(failed).toMatchObject({ status, outcome: 'failed' })
    expect(failed.headers['retry-after']).toBe(retryAfter)
    expect(errors).toEqual([retryAfter === undefined ? 'ERR_HANDLER_FAILED' : 'ERR_RETRY_LATER'])
    expect(await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({
      status: 200,
      outcome: 'handled',
    })
    expect(attempt).toBe(2)
  })

  it('is dead after PermanentError: a success for the sender, a duplicate from then on', async () => {
    const store = watchedStore()
    const { receiver: acmeReceiver } = receiver({ store })
    acmeReceiver.on('ping', () => {
      throw new PermanentError('no such account')
    })
    expect(await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({ status: 200 })
    expect(await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({
      status: 200,
      outcome: 'duplicate',
    })
    expect(store.calls).toEqual(['claim', 'finish dead', 'claim'])
  })

  it('answers with what the handler gave, and again for a duplicate', async () => {
    const { receiver: acmeReceiver } = receiver()
    acmeReceiver.on('ping', (_, { respond }) => respond({ status: 202, headers: { 'x-own': '1' }, body: { ok: true } }))
    const [first, second] = [
      await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' })),
      await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' })),
    ]
    expect(first).toMatchObject({
      status: 202,
      headers: { 'content-type': 'application/json', 'x-own': '1' },
      body: '{"ok":true}',
    })
    expect(second).toMatchObject({
      status: 202,
      headers: { 'x-own': '1', 'x-webhook-duplicate': '1' },
      body: '{"ok":true}',
    })
  })

  it.each([
    ['over 4 KiB', { body: 'x'.repeat(5000) }],
    ['not 2xx', { status: 302, headers: { location: '/' } }],
  ])('does not store a reply that is %s', async (_, reply) => {
    const { receiver: acmeReceiver, log } = receiver()
    acmeReceiver.on('ping', (_event, { respond }) => respond(reply))
    await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect(await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({ status: 200, body: '' })
    expect(log.map(({ code }) => code)).toEqual(['WARN_REPLY_NOT_STORED'])
  })

  it.each([204, 205, 304])('answers %i without content, whatever the handler gave', async (status) => {
    const { receiver: acmeReceiver } = receiver()
    acmeReceiver.on('ping', (_, { respond }) => respond({ status, body: { ok: true } }))
    expect(await acmeReceiver.receive(request({ type: 'ping' }))).toMatchObject({ status, headers: {}, body: '' })
  })

  it('refuses a second respond()', async () => {
    const { receiver: acmeReceiver, errors } = receiver()
    acmeReceiver.on('ping', (_, { respond }) => {
      respond({ body: 'a' })
      respond({ body: 'b' })
    })
    expect(await acmeReceiver.receive(request({ type: 'ping' }))).toMatchObject({ status: 500 })
    expect(errors).toEqual(['ERR_HANDLER_FAILED'])
  })

  it.each([
    ['a header with a line break', { headers: { 'x-a': 'b\r\nset-cookie: c' } }],
    ['a header name with a space', { headers: { 'x a': 'b' } }],
    ['a header without a value', { headers: { 'x-a': undefined } }],
    ['a header that is a list', { headers: { 'x-a': ['b', 'c'] } }],
    ['a second way to frame the body', { headers: { 'Transfer-Encoding': 'chunked' } }],
    ['a length, which the body has', { headers: { 'Content-Length': '5' } }],
    ['trailers that nobody sends', { headers: { trailer: 'x-a' } }],
    ['a header of the connection', { headers: { connection: 'upgrade' } }],
    ['a body without a form in JSON', { body: () => 'text' }],
    ['a status of 99', { status: 99 }],
  ])('refuses %s in respond()', async (_, reply) => {
    const { receiver: acmeReceiver, errors } = receiver()
    acmeReceiver.on('ping', (_event, { respond }) => respond(reply as object))
    expect(await acmeReceiver.receive(request({ type: 'ping' }))).toMatchObject({ status: 500, outcome: 'failed' })
    expect(errors).toEqual(['ERR_HANDLER_FAILED'])
  })

  it('sends the headers as they were when respond() was called', async () => {
    const { receiver: acmeReceiver } = receiver()
    acmeReceiver.on('ping', (_, { respond }) => {
      const headers: Record<string, string> = { 'x-a': 'b' }
      respond({ headers })
      headers['x-a'] = 'b\r\nset-cookie: c'
    })
    expect((await acmeReceiver.receive(request({ type: 'ping' }))).headers).toEqual({ 'x-a': 'b' })
  })

  it('gives each handler an idempotency key of its own, stable over retries', async () => {
    const keys: string[][] = []
    const { receiver: acmeReceiver } = receiver()
    for (const name of ['a', 'b']) {
      acmeReceiver.on(
        'ping',
        (_, { idempotencyKey, attempt }) => {
          keys[attempt] = [...(keys[attempt] ?? []), idempotencyKey]
          if (attempt === 1) throw new Error('first')
        },
        { name },
      )
    }
    await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect(keys[1]).toEqual(keys[2])
    expect(new Set(keys[1]).size).toBe(2)
  })

  it('validates the payload by a Standard Schema, and fails like a handler where it does not fit', async () => {
    const { z } = await import('zod')
    const { receiver: acmeReceiver, errors, log } = receiver()
    const seen: number[] = []
    acmeReceiver.on('order', (event) => seen.push(event.payload.amount), {
      schema: z.object({ amount: z.coerce.number() }),
    })
    await acmeReceiver.receive(request({ type: 'order', amount: '12' }))
    expect(await acmeReceiver.receive(request({ type: 'order', amount: 'secret-amount' }))).toMatchObject({
      status: 500,
      outcome: 'failed',
    })
    expect({ seen, errors }).toEqual({ seen: [12], errors: ['ERR_PAYLOAD_SCHEMA'] })
    expect(JSON.stringify(log)).not.toContain('secret-amount')
  })
})

describe('patterns', () => {
  it.each([
    ['issues', 'issues.opened', true],
    ['issues.*', 'issues.opened', true],
    ['issues.*', 'issues', true],
    ['issues', 'issues', true],
    ['*', 'anything', true],
    ['issues.opened', 'issues.opened', true],
    ['issues', 'issues_more', false],
    ['issues.opened', 'issues', false],
    ['issues.open', 'issues.opened', false],
  ])('%s and %s: %s', async (pattern, type, runs) => {
    const { receiver: acmeReceiver } = receiver()
    acmeReceiver.on(pattern, () => undefined)
    expect((await acmeReceiver.receive(request({ type }))).outcome).toBe(runs ? 'handled' : 'unhandled')
  })

  it('takes a list, and onAny counts as a handler', async () => {
    const { receiver: acmeReceiver } = receiver()
    const seen: string[] = []
    acmeReceiver
      .on(['a', 'b'], (event) => seen.push(`list ${event.type}`))
      .onAny((event) => seen.push(`any ${event.type}`))
    for (const type of ['a', 'b', 'c']) expect((await acmeReceiver.receive(request({ type }))).outcome).toBe('handled')
    expect(seen).toEqual(['list a', 'any a', 'list b', 'any b', 'any c'])
  })
})

describe('several handlers', () => {
  it('all run, whatever the earlier ones threw; a retry runs only those that failed', async () => {
    const { receiver: acmeReceiver } = receiver()
    const runs: string[] = []
    acmeReceiver
      .on(
        'ping',
        () => {
          runs.push('a')
        },
        { name: 'a' },
      )
      .on(
        'ping',
        (_, { attempt }) => {
          runs.push('b')
          if (attempt === 1) throw new Error('b')
        },
        { name: 'b' },
      )
      .on('ping', () => {
        runs.push('c')
      })
    expect(await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({ status: 500 })
    expect(await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({
      status: 200,
      outcome: 'handled',
    })
    expect(runs).toEqual(['a', 'b', 'c', 'b'])
  })

  it('named ones are known after a deploy that changes the list; unnamed ones run again', async () => {
    const store = watchedStore()
    const runs: string[] = []
    const before = receiver({ store })
      .receiver.on(
        'ping',
        () => {
          runs.push('named')
        },
        { name: 'named' },
      )
      .on('ping', () => {
        runs.push('unnamed')
      })
      .on(
        'ping',
        () => {
          throw new Error('fails')
        },
        { name: 'fails' },
      )
    await before.receive(request({ type: 'ping' }, { id: 'e1' }))
    const after = receiver({ store })
      .receiver.on('other', () => undefined)
      .on(
        'ping',
        () => {
          runs.push('named')
        },
        { name: 'named' },
      )
      .on('ping', () => {
        runs.push('unnamed')
      })
    await after.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect(runs).toEqual(['named', 'unnamed', 'unnamed'])
  })

  it.each([
    ['permanent and ok', ['permanent', 'ok'], 200, 'finish dead'],
    ['permanent and failing', ['permanent', 'fail'], 500, 'finish free'],
    ['later and failing', ['later', 'fail'], 503, 'finish free'],
    ['ok and ok', ['ok', 'ok'], 200, 'finish done'],
  ])('%s: %j', async (_, kinds, status, finish) => {
    const store = watchedStore()
    const { receiver: acmeReceiver } = receiver({ store })
    for (const kind of kinds) {
      acmeReceiver.on('ping', () => {
        if (kind === 'permanent') throw new PermanentError()
        if (kind === 'later') throw new RetryLater(7)
        if (kind === 'fail') throw new Error('fail')
      })
    }
    expect((await acmeReceiver.receive(request({ type: 'ping' }))).status).toBe(status)
    expect(store.calls).toEqual(['claim', finish])
  })

  it('a permanent failure of an earlier attempt makes the event dead in the end', async () => {
    const store = watchedStore()
    const { receiver: acmeReceiver } = receiver({ store })
    let permanent = 0
    acmeReceiver
      .on(
        'ping',
        () => {
          permanent++
          throw new PermanentError()
        },
        { name: 'p' },
      )
      .on(
        'ping',
        (_, { attempt }) => {
          if (attempt === 1) throw new Error('once')
        },
        { name: 'q' },
      )
    await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect(store.calls).toEqual(['claim', 'finish free', 'claim', 'finish dead'])
    expect(permanent).toBe(1)
  })

  it.each([
    ['at once', (): undefined => undefined],
    ['later', () => Promise.resolve()],
  ])('a handler that answers and then fails %s answers anew', async (_, pause) => {
    const { receiver: acmeReceiver } = receiver()
    acmeReceiver.on('ping', (_event, { attempt, respond }) => {
      const go = (): void => {
        respond({ body: `attempt ${attempt}` })
        if (attempt === 1) throw new Error('once')
      }
      const pausing = pause()
      return pausing === undefined ? go() : pausing.then(go)
    })
    expect(await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({ status: 500 })
    for (const outcome of ['handled', 'duplicate'])
      expect(await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({
        outcome,
        body: 'attempt 2',
      })
  })

  it('a reply given in a failed attempt is kept', async () => {
    const { receiver: acmeReceiver } = receiver()
    acmeReceiver
      .on('ping', (_, { respond }) => respond({ body: 'first' }), { name: 'a' })
      .on(
        'ping',
        (_, { attempt }) => {
          if (attempt === 1) throw new Error('once')
        },
        { name: 'b' },
      )
    await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))
    expect(await acmeReceiver.receive(request({ type: 'ping' }, { id: 'e1' }))).toMatchObject({
      status: 200,
      body: 'first',
    })
  })
})

describe('verify', () => {
  it('resolves to the delivery, asks no store and runs nothing', async () => {
    const store = watchedStore()
    const { receiver: acmeReceiver } = receiver({ store })
    acmeReceiver.on('ping', () => {
      throw new Error('must not run')
    })
    const delivery = await acmeReceiver.verify(request({ type: 'ping', n: 1 }, { id: 'e1' }))
    expect(delivery).toMatchObject({ provider: 'acme', coverage: 'full' })
    expect(delivery.events[0]).toMatchObject({ id: 'e1', type: 'ping', payload: { type: 'ping', n: 1 } })
    expect(store.calls).toEqual([])
  })

  it('needs no id', async () => {
    const delivery = await receiver().receiver.verify(request({ type: 'ping' }, { headers: { 'acme-id': undefined } }))
    expect(delivery.events[0]?.type).toBe('ping')
  })

  it('throws the coded error', async () => {
    const { receiver: acmeReceiver } = receiver()
    await expect(acmeReceiver.verify(request({}, { headers: { 'acme-signature': undefined } }))).rejects.toMatchObject({
      code: 'ERR_SIGNATURE_MISSING',
      name: 'SignatureError',
    })
    await expect(
      acmeReceiver.verify(request({}, { headers: { 'acme-signature': 'a'.repeat(64) } })),
    ).rejects.toMatchObject({ code: 'ERR_SIGNATURE_MISMATCH', status: 401 })
  })
})

describe('the answers of a provider that differs', () => {
  const provider = acme({
    facts: {
      coverage: 'full',
      idSigned: false,
      idStable: 'yes',
      retryHorizonSeconds: 3600,
      statuses: { success: 204, unverified: 503, malformed: 503, retry: 503 },
      success: { headers: { 'content-type': 'text/xml' }, body: '<ok/>' },
    },
  })
  it.each([
    ['handled', request({ type: 'ping' }), 204, '<ok/>'],
    ['unhandled', request({ type: 'other' }), 204, '<ok/>'],
    ['forged', request({}, { headers: { 'acme-signature': 'b'.repeat(64) } }), 503, undefined],
    ['malformed', request('{'), 503, undefined],
    ['failed', request({ type: 'fail' }), 503, undefined],
  ])('%s', async (_, message, status, body) => {
    const { receiver: acmeReceiver } = receiver({}, provider)
    acmeReceiver
      .on('ping', () => undefined)
      .on('fail', () => {
        throw new Error('x')
      })
    const reply = await acmeReceiver.receive(message)
    expect(reply.status).toBe(status)
    if (body !== undefined) expect(reply).toMatchObject({ body, headers: { 'content-type': 'text/xml' } })
  })
})

it('warns where handlers take more than four fifths of the time that the provider waits', async () => {
  const facts = {
    coverage: 'full',
    idSigned: false,
    idStable: 'yes',
    retryHorizonSeconds: 3600,
    deadlineSeconds: 0.05,
  } as const
  const { receiver: acmeReceiver, log } = receiver({}, acme({ facts }))
  acmeReceiver.on('slow', () => new Promise((resolve) => setTimeout(resolve, 45))).on('quick', () => undefined)
  await acmeReceiver.receive(request({ type: 'quick' }))
  expect(log).toEqual([])
  await acmeReceiver.receive(request({ type: 'slow' }))
  expect(log.map(({ code }) => code)).toEqual(['WARN_NEAR_DEADLINE'])
})
