import { SEGMENT_BITS, Segment } from './_segment.js'

const SIZE = 1 << SEGMENT_BITS

/** Segments by number, and by age. */
export class Segments {
  readonly #byNumber: (Segment | undefined)[] = []
  /** Oldest first. */
  readonly #queue: Segment[] = []

  /** The segment of a slot. */
  of(slot: number): Segment {
    return this.#byNumber[(slot - 1) >> SEGMENT_BITS]!
  }

  /** The segment of the oldest record, which is its first. */
  get oldest(): Segment | undefined {
    const segment = this.#queue[0]
    if (segment === undefined) return undefined
    while (segment.first < segment.used && segment.isGone(segment.first)) segment.first++
    return segment.first < segment.used ? segment : undefined
  }

  /** The segment that is written to. */
  get newest(): Segment {
    const last = this.#queue.at(-1)
    if (last !== undefined && !last.full) return last
    const segment = this.#make()
    this.#queue.push(segment)
    return segment
  }

  /** Lets one go that is empty. */
  drop(segment: Segment): void {
    this.#queue.splice(this.#queue.indexOf(segment), 1)
    this.#byNumber[segment.number] = undefined
  }

  /**
   * Where a segment and a neighbour hold little, `move` is called with each of the two and one that takes their place: else a few records
   * would keep many segments. Worth asking a few times in a segment's life, as its neighbour may not be sparse yet.
   */
  merge(segment: Segment, move: (from: Segment, to: Segment) => void): void {
    const place = this.#queue.indexOf(segment)
    const first = [place - 1, place].find((one) => fitTogether(this.#queue[one], this.#queue[one + 1]))
    if (first === undefined) return
    const merged = this.#make()
    for (const old of this.#queue.splice(first, 2, merged)) {
      move(old, merged)
      this.#byNumber[old.number] = undefined
    }
    merged.close()
  }

  #make(): Segment {
    const free = this.#byNumber.indexOf(undefined)
    const segment = new Segment(free === -1 ? this.#byNumber.length : free)
    this.#byNumber[segment.number] = segment
    return segment
  }
}

function fitTogether(one: Segment | undefined, other: Segment | undefined): boolean {
  return one?.full === true && other?.full === true && one.live + other.live <= SIZE / 2
}
