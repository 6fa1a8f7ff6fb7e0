import { SEGMENT_BITS, type Segment, type Settled } from './_segment.js'
import { Segments } from './_segments.js'

export type { Settled } from './_segment.js'

const SIZE = 1 << SEGMENT_BITS
const MASK = SIZE - 1

function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

function slotOf(segment: Segment, at: number): number {
  return ((segment.number << SEGMENT_BITS) | at) + 1
}

/** True a few times in a segment's life. */
function isSparse({ live }: Segment): boolean {
  return live < SIZE / 8 && (live & (live + 1)) === 0
}

/** The fingerprint of no nonce. */
export const NOBODY = 0

/** Sixteen bits of a nonce: enough to know a finish that is said twice. */
export function fingerprint(nonce: string): number {
  return ((hashOf(nonce) >>> 0) % 0xffff) + 1
}

/**
 * Records by key and by age: a map and a queue in one. 32 bytes a record beside the text, where a Map of objects takes some 150.
 * Columns never grow, segments come and go, and one bucket is split per insertion (linear hashing), so that no insertion pays for
 * growth: a Map pauses for 40 to 60 ms when it doubles at a million entries.
 */
export class SettledRecords {
  #size = 0
  readonly #segments = new Segments()
  /** First slot of each bucket, in pages. Slots count from 1; 0 is none. */
  readonly #heads: Int32Array[] = [new Int32Array(SIZE)]
  #buckets = 1
  /** The largest power of two not above `#buckets`. */
  #level = 1

  get size(): number {
    return this.#size
  }

  get(key: string): Settled | undefined {
    const slot = this.#size === 0 ? 0 : this.#find(key, hashOf(key))
    return slot === 0 ? undefined : this.#segments.of(slot).read((slot - 1) & MASK)
  }

  /** The key must not be there yet. */
  add(key: string, record: Settled): void {
    const segment = this.#segments.newest
    const hash = hashOf(key)
    const at = segment.write(key, hash, record)
    this.#link(this.#bucketOf(hash), segment, at)
    if (++this.#size > this.#buckets) this.#split()
  }

  delete(key: string): boolean {
    if (this.#size === 0) return false
    const hash = hashOf(key)
    const slot = this.#find(key, hash)
    if (slot === 0) return false
    this.#remove(this.#segments.of(slot), (slot - 1) & MASK)
    return true
  }

  /** Deletes up to `most` of the oldest whose time is over. */
  expire(now: number, most: number): void {
    for (let left = most; left > 0; left--) {
      const oldest = this.#segments.oldest
      if (oldest === undefined || oldest.expires[oldest.first]! > now) return
      this.#remove(oldest, oldest.first)
    }
  }

  /** Deletes the one that was added first. */
  dropOldest(): { readonly key: string; readonly state: Settled['state'] } | undefined {
    const oldest = this.#segments.oldest
    if (oldest === undefined) return undefined
    const dropped = { key: oldest.keyOf(oldest.first), state: oldest.read(oldest.first).state }
    this.#remove(oldest, oldest.first)
    return dropped
  }

  #remove(segment: Segment, at: number): void {
    this.#unlink(this.#bucketOf(segment.hashes[at]!), slotOf(segment, at))
    segment.clear(at)
    this.#size--
    if (!segment.full) return
    if (segment.live === 0) this.#segments.drop(segment)
    else if (isSparse(segment)) this.#segments.merge(segment, (from, to) => this.#move(from, to))
  }

  #move(from: Segment, to: Segment): void {
    for (let at = from.first; at < from.used; at++) {
      if (from.isGone(at)) continue
      const hash = from.hashes[at]!
      const bucket = this.#bucketOf(hash)
      this.#unlink(bucket, slotOf(from, at))
      this.#link(bucket, to, to.write(from.keyOf(at), hash, from.read(at)))
    }
  }

  #find(key: string, hash: number): number {
    const bucket = this.#bucketOf(hash)
    let slot = this.#heads[bucket >> SEGMENT_BITS]![bucket & MASK]!
    while (slot !== 0) {
      const segment = this.#segments.of(slot)
      const at = (slot - 1) & MASK
      if (segment.hashes[at] === hash && segment.isNamed(at, key)) return slot
      slot = segment.next[at]!
    }
    return 0
  }

  #bucketOf(hash: number): number {
    const bucket = hash & (2 * this.#level - 1)
    return bucket < this.#buckets ? bucket : bucket & (this.#level - 1)
  }

  #link(bucket: number, segment: Segment, at: number): void {
    const page = this.#heads[bucket >> SEGMENT_BITS]!
    segment.next[at] = page[bucket & MASK]!
    page[bucket & MASK] = slotOf(segment, at)
  }

  #unlink(bucket: number, slot: number): void {
    const page = this.#heads[bucket >> SEGMENT_BITS]!
    const next = this.#segments.of(slot).next[(slot - 1) & MASK]!
    if (page[bucket & MASK] === slot) {
      page[bucket & MASK] = next
      return
    }
    let before = page[bucket & MASK]!
    for (;;) {
      const segment = this.#segments.of(before)
      const at = (before - 1) & MASK
      if (segment.next[at] === slot) {
        segment.next[at] = next
        return
      }
      before = segment.next[at]!
    }
  }

  /** Adds one bucket and moves to it what now belongs there. */
  #split(): void {
    const from = this.#buckets - this.#level
    const page = this.#heads[from >> SEGMENT_BITS]!
    let slot = page[from & MASK]!
    page[from & MASK] = 0
    if (this.#buckets >> SEGMENT_BITS === this.#heads.length) this.#heads.push(new Int32Array(SIZE))
    this.#buckets++
    while (slot !== 0) {
      const segment = this.#segments.of(slot)
      const at = (slot - 1) & MASK
      const next = segment.next[at]!
      this.#link(this.#bucketOf(segment.hashes[at]!), segment, at)
      slot = next
    }
    if (this.#buckets === 2 * this.#level) this.#level = this.#buckets
  }
}
