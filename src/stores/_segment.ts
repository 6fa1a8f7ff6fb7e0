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

const GONE = STATES.length
const LONGEST_KEY = 0xffff
/** Room for the text of a segment to begin with: keys of 48 bytes. */
const TEXT_BYTES = SIZE * 48

/**
 * Records in columns, written from the first place to the last. Keys and tags stand as bytes in one buffer: a million strings would be
 * copied by the collector while they are young, and marked by it for as long as they live.
 */
export class Segment {
  readonly number: number
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
  #closed = false
  readonly #marks: Uint16Array
  readonly #by: Uint16Array
  /** Where a record's key begins in the text; its tag follows, up to the next key. */
  readonly #starts: Uint32Array
  readonly #keyLengths: Uint16Array
  #text = new Uint8Array(TEXT_BYTES)
  #filled = 0
  // Texts that are not Latin-1, and what few records have.
  #keys: Texts
  #tags: Texts
  #progress: Texts
  #results: Texts

  constructor(number: number) {
    const columns = new ArrayBuffer(SIZE * 26)
    this.number = number
    this.expires = new Float64Array(columns, 0, SIZE)
    this.next = new Int32Array(columns, SIZE * 8, SIZE)
    this.hashes = new Int32Array(columns, SIZE * 12, SIZE)
    this.#starts = new Uint32Array(columns, SIZE * 16, SIZE)
    this.#keyLengths = new Uint16Array(columns, SIZE * 20, SIZE)
    this.#marks = new Uint16Array(columns, SIZE * 22, SIZE)
    this.#by = new Uint16Array(columns, SIZE * 24, SIZE)
  }

  /** Nothing is written any more. */
  get full(): boolean {
    return this.#closed || this.used === SIZE
  }
  close(): void {
    this.#closed = true
  }

  /** Returns the place. */
  write(key: string, hash: number, record: Settled): number {
    const at = this.used++
    this.live++
    this.#starts[at] = this.#filled
    if (this.#append(key)) this.#keyLengths[at] = key.length
    else this.#keys = put(this.#keys, at, detached(key))
    if (!this.#append(record.tag)) this.#tags = put(this.#tags, at, detached(record.tag))
    this.hashes[at] = hash
    this.expires[at] = record.expires
    this.#marks[at] = (Math.min(record.attempt, MAX_ATTEMPT) << 2) | STATES.indexOf(record.state)
    this.#by[at] = record.by
    if (record.progress !== '') this.#progress = put(this.#progress, at, record.progress)
    if (record.result !== undefined) this.#results = put(this.#results, at, record.result)
    return at
  }

  isGone(at: number): boolean {
    return (this.#marks[at]! & 3) === GONE
  }

  isNamed(at: number, key: string): boolean {
    const odd = this.#keys?.[at]
    if (odd !== undefined) return odd === key
    if (key.length !== this.#keyLengths[at]) return false
    const start = this.#starts[at]!
    for (let index = 0; index < key.length; index++) {
      if (this.#text[start + index] !== key.charCodeAt(index)) return false
    }
    return true
  }

  keyOf(at: number): string {
    const start = this.#starts[at]!
    return this.#keys?.[at] ?? this.#slice(start, start + this.#keyLengths[at]!)
  }

  read(at: number): Settled {
    const mark = this.#marks[at]!
    return {
      state: STATES[mark & 3]!,
      attempt: mark >> 2,
      expires: this.expires[at]!,
      by: this.#by[at]!,
      tag: this.#tags?.[at] ?? this.#tagOf(at),
      progress: this.#progress?.[at] ?? '',
      result: this.#results?.[at],
    }
  }

  clear(at: number): void {
    this.live--
    this.#marks[at] = GONE
    for (const column of [this.#keys, this.#tags, this.#progress, this.#results]) {
      if (column !== undefined) column[at] = undefined
    }
  }

  #tagOf(at: number): string {
    const end = at + 1 < this.used ? this.#starts[at + 1]! : this.#filled
    return this.#slice(this.#starts[at]! + this.#keyLengths[at]!, end)
  }

  #slice(start: number, end: number): string {
    return start === end ? '' : Buffer.from(this.#text.buffer, start, end - start).toString('latin1')
  }

  /** False for text that is not Latin-1, or too long for a column of lengths. */
  #append(text: string): boolean {
    if (text.length > LONGEST_KEY) return false
    while (this.#filled + text.length > this.#text.length) {
      const larger = new Uint8Array(2 * this.#text.length)
      larger.set(this.#text)
      this.#text = larger
    }
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0xff) return false
      this.#text[this.#filled + index] = code
    }
    this.#filled += text.length
    return true
  }
}

function put(column: Texts, at: number, text: string): Texts {
  const texts = column ?? new Array<string | undefined>(SIZE).fill(undefined)
  texts[at] = text
  return texts
}

/** A part of a string keeps the whole alive: an id cut from a body of megabytes would. */
function detached(text: string): string {
  return text.length < 13 ? text : (JSON.parse(JSON.stringify(text)) as string) // a string stays one
}
