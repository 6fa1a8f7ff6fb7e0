import type { ErrorCode } from '../errors.js'
import { invalidOption } from '../lib/options.js'
import type { Incoming } from '../types.js'
import { body, type Part } from './parts.js'

/** Bytes and text as they go into the MAC, in order. */
export type SignedInput = readonly (Uint8Array | string)[]
/** One input, several where a part has several spellings, or the refusal where the request lacks a part. */
export type InputBuilder = (incoming: Incoming, timestamp: string | undefined) => readonly SignedInput[] | ErrorCode

/** Resolves a template once. Throws ConfigError ERR_OPTION_INVALID for an empty one. */
export function inputBuilder(template: readonly Part[]): InputBuilder {
  if (!Array.isArray(template) || template.length === 0) {
    throw invalidOption('the scheme', 'signed', 'a list of at least one part')
  }
  if (template.length === 1 && template[0] === body) return (incoming) => [[incoming.body]]
  return (incoming, timestamp) => {
    const context = { incoming, timestamp }
    let inputs: (Uint8Array | string)[][] = [[]]
    for (const part of template) {
      const value = typeof part === 'string' ? part : part.read(context)
      if (value === undefined) return typeof part === 'string' ? 'ERR_INTERNAL' : (part.missing ?? 'ERR_HEADER_INVALID')
      if (isSpellings(value)) inputs = value.flatMap((one) => inputs.map((input) => [...input, one]))
      else for (const input of inputs) input.push(value)
    }
    return inputs
  }
}

function isSpellings(value: Uint8Array | string | readonly string[]): value is readonly string[] {
  return Array.isArray(value)
}
