import * as xml from 'fast-xml-parser'

export function setup(options: object): object {
  return { ...options, xml }
}
