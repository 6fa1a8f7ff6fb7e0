import { body, header, type Part, timestamp } from '../../../src/schemes/parts.js'

/** `{body}`, `{timestamp}` and `{header x}` in `signed` stand for the parts of that name. */
export function setup(options: { readonly signed?: readonly string[] }): object {
  return options.signed === undefined ? options : { ...options, signed: options.signed.map(part) }
}

function part(text: string): Part {
  if (text === '{body}') return body
  if (text === '{timestamp}') return timestamp
  const name = /^\{header (.+)\}$/.exec(text)?.[1]
  return name === undefined ? text : header(name)
}
