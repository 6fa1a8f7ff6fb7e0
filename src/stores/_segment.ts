/** What is kept of a record that nobody runs. */
export interface Settled {
  readonly state: 'free' | 'done' | 'dead'
  readonly attempt: number
  readonly expires: number
  /** Fingerprint of the nonce that settled it. */
  readonly by: number
  readonly tag: string
  readonly progress: string
  readonly result: string | undefined
}

const STATES = ['free', 'done', 'dead'] as const
const MAX_ATTEMPT = 0x3fff

/** A segment holds 2 ** SEGMENT_BITS records. */
export const SEGMENT_BITS = 10
const SIZE = 1 << SEGMENT_BITS

/** A column that costs nothing until its first value. */
type Texts = (string | undefined)[] | undefined

/** Records in columns, written from the first place to the last. */
export class Segment {
  readonly number: number
  readonly keys: (string | undefined)[] = new Array<string | undefined>(SIZE).fill(undefined)
  readonly expires: Float64Array
  /** The next slot in the same bucket. */
  readonly next: Int32Array
  /** Of the keys: computed once, and compared before them. */
  readonly hashes: Int32Array
  /** Places before it are empty for good. */
  first = 0
  used = 0
  /** Records that are still there. */
  live = 0
  readonly #marks: Uint16Array
  readonly #by: Uint16Array
  #tags: Texts
  #progress: Texts
  #results: Texts

  constructor(number: number) {
    const columns = new ArrayBuffer(SIZE * 20)
    this.number = number
    this.expires = new Float64Array(columns, 0, SIZE)
    this.next = new Int32Array(columns, SIZE * 8, SIZE)
    this.hashes = new Int32Array(columns, SIZE * 12, SIZE)
    this.#marks = new Uint16Array(columns, SIZE * 16, SIZE)
    this.#by = new Uint16Array(columns, SIZE * 18, SIZE)
  }

  get full(): boolean {
    return this.used === SIZE
  }

  /** Returns the place. */
  write(key: string, hash: number, record: Settled): number {
    const at = this.used++
    this.live++
    this.keys[at] = key
    this.hashes[at] = hash
    this.expires[at] = record.expires
    this.#marks[at] = (Math.min(record.attempt, MAX_ATTEMPT) << 2) | STATES.indexOf(record.state)
    this.#by[at] = record.by
    if (record.tag !== '') this.#tags = put(this.#tags, at, record.tag)
    if (record.progress !== '') this.#progress = put(this.#progress, at, record.progress)
    if (record.result !== undefined) this.#results = put(this.#results, at, record.result)
    return at
  }

  read(at: number): Settled {
    const mark = this.#marks[at]!
    return {
      state: STATES[mark & 3]!,
      attempt: mark >> 2,
      expires: this.expires[at]!,
      by: this.#by[at]!,
      tag: this.#tags?.[at] ?? '',
      progress: this.#progress?.[at] ?? '',
      result: this.#results?.[at],
    }
  }

  clear(at: number): void {
    this.live--
    for (const column of [this.keys, this.#tags, this.#progress, this.#results]) {
      if (column !== undefined) column[at] = undefined
    }
  }
}

function put(column: Texts, at: number, text: string): Texts {
  const texts = column ?? new Array<string | undefined>(SIZE).fill(undefined)
  texts[at] = text
  return texts
}
