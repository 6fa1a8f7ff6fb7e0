import { errorOf, RequestError } from '../errors.js'
import { utf8 } from '../lib/bytes.js'
import type { BodyFormat } from '../types.js'

/** What is used of the package fast-xml-parser, versions 4 and 5: pass the whole package in. */
export interface XmlPackage {
  readonly XMLParser: new (options: XmlParserOptions) => { parse(text: string): unknown }
  readonly XMLValidator?: { validate(text: string): unknown } | undefined
}

/** The settings that make the parser's result safe and predictable. */
export interface XmlParserOptions {
  readonly ignoreAttributes: false
  readonly attributeNamePrefix: '@'
  readonly removeNSPrefix: true
  readonly parseTagValue: false
  readonly parseAttributeValue: false
  readonly processEntities: true
  readonly htmlEntities: true
  readonly isArray: (name: string) => boolean
}

const MAX_DEPTH = 64
const TAG = /<[^\s"'<>/=!?][^"'<>]*(?:"[^"<]*"[^"'<>]*|'[^'<]*'[^"'<>]*)*>/y
const CONTROL = /[^\t\n\r\u0020-\ufffd]/
const OPAQUE = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const

/**
 * XML in UTF-8 as plain objects: names without their namespace prefix, attributes with `@`, all values texts, `lists` always lists. A document type,
 * entity declarations and depths over 64 are refused before the parser sees them. Throws ConfigError ERR_PEER_MISSING without a parser.
 */
export function xml(parser: XmlPackage, lists: readonly string[] = []): BodyFormat {
  const parse = parserOf(parser, lists)
  return {
    name: 'xml',
    decode(body): unknown {
      const text = utf8(body)?.replace(/^\ufeff/, '')
      if (text === undefined || !isPlain(text)) throw invalid()
      try {
        return parse(text)
      } catch {
        // The cause is left out: its message quotes the body.
        throw invalid()
      }
    },
  }
}

/** JSON or XML, told apart by the first character: senders do not agree on the content type. Without a parser XML fails when it comes. */
export function jsonOrXml(parser: XmlPackage | undefined): BodyFormat {
  const asXml = parser === undefined ? undefined : xml(parser)
  return {
    name: 'json or xml',
    decode(body, incoming): unknown {
      if (!/^\s*</.test(Buffer.from(body.subarray(0, 64)).toString('latin1'))) return incoming.json()
      if (asXml === undefined) throw noParser()
      return asXml.decode(body, incoming)
    },
  }
}

function parserOf(parser: XmlPackage, lists: readonly string[]): (text: string) => unknown {
  if (typeof parser?.XMLParser !== 'function') throw noParser()
  const { XMLParser, XMLValidator } = parser
  const one = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    // The five of XML and character references; there are no others without a document type.
    processEntities: true,
    htmlEntities: true,
    isArray: (name) => lists.includes(name),
  })
  return (text) => {
    if (XMLValidator !== undefined && XMLValidator.validate(text) !== true) throw invalid()
    return one.parse(text)
  }
}

/** Whether a text holds nothing but elements, text, comments, CDATA and instructions, at a bounded depth. Linear in its length. */
function isPlain(text: string): boolean {
  const encoding = /^<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1] ?? 'utf-8'
  if (encoding.toLowerCase() !== 'utf-8' || CONTROL.test(text)) return false
  let depth = 0
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const opaque = OPAQUE.find(([begin]) => text.startsWith(begin, at))
    if (opaque !== undefined) {
      const end = text.indexOf(opaque[1], at + opaque[0].length)
      if (end < 0) return false
      at = end + opaque[1].length
    } else if (text.startsWith('</', at)) {
      depth -= 1
      at += 2
    } else {
      TAG.lastIndex = at
      const tag = TAG.exec(text)?.[0]
      if (tag === undefined) return false
      if (!tag.endsWith('/>')) depth += 1
      if (depth > MAX_DEPTH) return false
      at += tag.length
    }
  }
  return true
}

function invalid(): RequestError {
  return new RequestError('ERR_BODY_INVALID', { detail: 'not XML, or XML with a document type' })
}

function noParser(): Error {
  return errorOf('ERR_PEER_MISSING', { detail: 'npm install fast-xml-parser, and pass it in as xml' })
}
