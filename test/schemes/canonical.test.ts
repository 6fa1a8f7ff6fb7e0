import { describe, expect, test } from 'vitest'
import { fieldLines } from '../../src/schemes/canonical.js'
import { incomingOf } from '../support/incoming.js'

const { part, format } = fieldLines({
  kind: 'Type',
  fields: { A: ['Message', 'Id', 'Subject', 'Topic', 'Type'], B: ['Message', 'Token', 'Type'] },
  optional: ['Subject'],
  freeText: 'Message',
})

function signedText(content: unknown): unknown {
  return part.read({ incoming: incomingOf({ body: JSON.stringify(content) }), timestamp: undefined })
}
const message = { Type: 'A', Id: '1', Topic: 't', Message: 'hello' }

describe('Fields as lines', () => {
  test.each([
    ['in the order of the table', message, 'Message\nhello\nId\n1\nTopic\nt\nType\nA\n'],
    ['with an optional one', { ...message, Subject: 's' }, 'Message\nhello\nId\n1\nSubject\ns\nTopic\nt\nType\nA\n'],
    ['an optional one that is null', { ...message, Subject: null }, 'Message\nhello\nId\n1\nTopic\nt\nType\nA\n'],
    [
      'an optional one that is empty',
      { ...message, Subject: '' },
      'Message\nhello\nId\n1\nSubject\n\nTopic\nt\nType\nA\n',
    ],
    ['line feeds in the free text', { ...message, Message: 'a\nb' }, 'Message\na\nb\nId\n1\nTopic\nt\nType\nA\n'],
    ['another kind', { Type: 'B', Message: 'm', Token: 'x' }, 'Message\nm\nToken\nx\nType\nB\n'],
    ['a missing field', { ...message, Id: undefined }, undefined],
    ['a field that is no text', { ...message, Id: 1 }, undefined],
    ['half a surrogate pair, which UTF-8 would blur', { ...message, Message: '\ud800' }, undefined],
    ['a line feed in a field that cannot have one', { ...message, Id: '1\nTopic\nx' }, undefined],
    ['an unknown kind', { ...message, Type: 'C' }, undefined],
    ['a kind that every object has', { ...message, Type: 'constructor' }, undefined],
    ['no object', [], undefined],
    ['null', null, undefined],
  ])('%s', (_name, content, expected) => {
    expect(signedText(content)).toBe(expected)
  })

  test('two messages with one text are refused: the second would move a border', () => {
    const honest = { ...message, Message: 'x\nId\n2\nSubject\ny' }
    const moved = { ...message, Message: 'x', Id: '2', Subject: 'y\nId\n1' }
    const lines = 'Message\nx\nId\n2\nSubject\ny\nId\n1\nTopic\nt\nType\nA\n'
    expect(signedText(honest)).toBe(lines)
    expect(signedText(moved)).toBeUndefined()
  })

  test('only signed fields are handed on', () => {
    const incoming = incomingOf({ body: JSON.stringify({ ...message, Attributes: { a: 1 }, Subject: null }) })
    expect(format.decode(incoming.body, incoming)).toEqual(message)
    const odd = incomingOf({ body: JSON.stringify({ ...message, Id: 7 }) })
    expect(() => format.decode(odd.body, odd)).toThrow(expect.objectContaining({ code: 'ERR_BODY_INVALID' }))
  })
})
