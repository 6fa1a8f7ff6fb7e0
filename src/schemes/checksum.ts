import { crc32 } from '../lib/crc32.js'
import { computed, type PartToken } from './parts.js'

/**
 * The CRC-32 of the raw body, as an unsigned decimal number. It is no hash: who holds one signed request can make another body with the same checksum.
 */
export const crc32OfBody: PartToken = computed('crc32 of the body', ({ incoming }) => String(crc32(incoming.body)))
