import * as xml from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { xml as format, jsonOrXml, type XmlPackage } from '../../src/schemes/xml.js'
import { incomingOf } from '../support/incoming.js'

/** A parser that takes anything: what it is not given was refused before. */
function credulous(): { readonly pack: XmlPackage; readonly given: string[] } {
  const given: string[] = []
  class XMLParser {
    parse(text: string): unknown {
      given.push(text)
      return { parsed: true }
    }
  }
  return { pack: { XMLParser }, given }
}

function decode(text: string | Uint8Array, pack: XmlPackage): unknown {
  const incoming = incomingOf({ body: text })
  return format(pack).decode(incoming.body, incoming)
}
const nested = (depth: number, inside = ''): string => `${'<a>'.repeat(depth)}${inside}${'</a>'.repeat(depth)}`
const refusal = expect.objectContaining({ code: 'ERR_BODY_INVALID' })

describe('Before the parser', () => {
  test.each([
    ['a document type', '<!DOCTYPE a><a/>'],
    ['an entity', '<!ENTITY a "b"><a/>'],
    ['a notation', '<!NOTATION a SYSTEM "b"><a/>'],
    ['a document type behind a comment', '<!-- <a> --><!DOCTYPE a><a/>'],
    ['a document type behind CDATA', '<a><![CDATA[ ]]><!DOCTYPE a></a>'],
    ['an odd section', '<a><![INCLUDE[ x ]]></a>'],
    ['65 levels', nested(65)],
    ['65 levels, closed by nothing', '<a>'.repeat(65)],
    ['65 levels among empty elements', nested(64, '<b/><c><d/></c>')],
    ['a comment without an end', '<a><!-- </a>'],
    ['CDATA without an end', '<a><![CDATA[ </a>'],
    ['an instruction without an end', '<?xml <a/>'],
    ['an attribute with a tag in it', '<a b="<!DOCTYPE a>"/>'],
    ['an attribute without an end', '<a b="></a>'],
    ['a control character', '<a>\u0001</a>'],
    ['a character that is none', '<a>\uffff</a>'],
    ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'],
    ['another encoding in apostrophes', "<?xml version='1.0' encoding='utf-16'?><a/>"],
    ['invalid UTF-8', Buffer.from([0x3c, 0x61, 0x2f, 0x3e, 0xff])],
  ])('%s is refused', (_name, text) => {
    const { pack, given } = credulous()
    expect(() => decode(text, pack)).toThrow(refusal)
    expect(given).toEqual([])
  })

  test.each([
    ['64 levels', nested(64)],
    ['as many siblings as there are', `<a>${'<b></b>'.repeat(100_000)}</a>`],
    ['empty elements at the deepest level', nested(64, '<b/>'.repeat(1000))],
    ['the words in a comment', '<a><!-- <!DOCTYPE x> --></a>'],
    ['the words in CDATA', '<a><![CDATA[<!DOCTYPE x [<!ENTITY e "x">]>]]></a>'],
    ['a greater-than sign in an attribute', '<a b="1 > 0" c=\'"\'/>'],
    ['UTF-8 by name', '<?xml version="1.0" encoding="utf-8"?><a/>'],
    ['characters beyond the first plane', '<a>😀</a>'],
  ])('%s passes', (_name, text) => {
    const { pack, given } = credulous()
    expect(decode(text, pack)).toEqual({ parsed: true })
    expect(given).toEqual([text])
  })

  test('a byte order mark is left out', () => {
    const { pack, given } = credulous()
    decode('\ufeff<a/>', pack)
    expect(given).toEqual(['<a/>'])
  })
})

describe('With fast-xml-parser', () => {
  test('names without prefixes, attributes with @, texts as texts, lists as lists', () => {
    const incoming = incomingOf({ body: '<n:a xmlns:n="urn:x" n:id="007"><n:b>01</n:b><n:item>1</n:item></n:a>' })
    expect(format(xml, ['item']).decode(incoming.body, incoming)).toEqual({ a: { '@id': '007', b: '01', item: ['1'] } })
  })

  test('an error of the parser holds nothing of the body', () => {
    const error = (() => {
      try {
        return decode('<a>topsecret</b>', xml)
      } catch (reason) {
        return reason
      }
    })()
    expect(error).toMatchObject({ code: 'ERR_BODY_INVALID' })
    expect(`${String(error)}${JSON.stringify(error)}${String((error as Error).cause)}`).not.toContain('topsecret')
  })

  test('JSON and XML are told apart by their first character', () => {
    const both = jsonOrXml(xml)
    const read = (body: string): unknown => {
      const incoming = incomingOf({ body })
      return both.decode(incoming.body, incoming)
    }
    expect(read('{"a":1}')).toEqual({ a: 1 })
    expect(read(' \n<a>1</a>')).toEqual({ a: '1' })
    expect(() => read('hello')).toThrow(refusal)
  })

  test.each([undefined, null, {}, { XMLParser: 1 }])('%j is no parser', (pack) => {
    expect(() => format(pack as never)).toThrow(expect.objectContaining({ code: 'ERR_PEER_MISSING' }))
  })
})
