import * as xml from 'fast-xml-parser'
import { oneProof } from './_proofs.js'

export function setup(options: object): object {
  return { ...oneProof(options), xml }
}
