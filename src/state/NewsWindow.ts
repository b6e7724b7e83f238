/** A document as the state keeps it: what features read, its words already split. */
export interface SeenDocument {
  readonly availableAt: number
  readonly source: string
  readonly score: number
  /** the text's words, NFKC and lower case, in order */
  readonly words: ReadonlyArray<string>
}

const separators = /[^\p{L}\p{N}]+/u

/** Whole words of a text: Unicode NFKC, lower case, split at everything that is neither a letter nor a digit. */
export const wordsOf = (text: string): ReadonlyArray<string> =>
  text.normalize("NFKC").toLowerCase().split(separators).filter((word) => word.length > 0)

/** The documents about a market in the order in which they became known; a checkpoint is their number. */
export class NewsWindow {
  #documents: Array<SeenDocument> = []
  length = 0
  /** documents before this one are older than any window */
  start = 0

  at(index: number): SeenDocument | undefined {
    return this.#documents[index]
  }

  push(document: SeenDocument): void {
    this.#documents[this.length++] = document
  }

  /** The first document with availableAt > `after`: windows are open at their old end. */
  firstAfter(after: number): number {
    let low = this.start
    let high = this.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#documents[middle]?.availableAt ?? 0) > after) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Forgets documents that became known at or before `horizon`. */
  trim(horizon: number): void {
    this.start = this.firstAfter(horizon)
    if (this.start < 1024 || this.start * 2 < this.length) return
    this.#documents = this.#documents.slice(this.start, this.length)
    this.length -= this.start
    this.start = 0
  }
}
