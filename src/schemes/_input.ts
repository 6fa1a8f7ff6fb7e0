import { invalidOption } from '../lib/options.js'
import type { Incoming } from '../types.js'
import { body, type Part } from './parts.js'

/** Bytes and text as they go into the MAC, in order. */
export type SignedInput = readonly (Uint8Array | string)[]
/** One input, or several where a part has several spellings; none where the request lacks a part. */
export type InputBuilder = (incoming: Incoming, timestamp: string | undefined) => readonly SignedInput[]

/** Builds the signed input of a request from a template. Throws ConfigError for an empty one. */
export function inputBuilder(template: readonly Part[]): InputBuilder {
  if (template.length === 0) throw invalidOption('signed', 'the template', 'a list of at least one part')
  if (template.length === 1 && template[0] === body) return (incoming) => [[incoming.body]]
  return (incoming, timestamp) => {
    const context = { incoming, timestamp }
    let inputs: (Uint8Array | string)[][] = [[]]
    for (const part of template) {
      const value = typeof part === 'string' ? part : part.read(context)
      if (value === undefined) return []
      if (isSpellings(value)) inputs = value.flatMap((one) => inputs.map((input) => [...input, one]))
      else for (const input of inputs) input.push(value)
    }
    return inputs
  }
}

function isSpellings(value: Uint8Array | string | readonly string[]): value is readonly string[] {
  return Array.isArray(value)
}
