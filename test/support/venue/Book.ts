/** Prices are integer thousandths, sizes integer hundredths of a share: what the venue's ticks and its two decimals need. */
export type Side = "bid" | "ask"

/** The size that now rests at a price; 0 where none does. */
export type LevelChange = readonly [side: Side, price: number, size: number]

/** One side of a book by price, and where its best price is. */
class Levels {
  readonly #size = new Int32Array(1_000)
  readonly #step: 1 | -1
  best: number | undefined = undefined
  count = 0

  /** @param step the direction of better prices */
  constructor(step: 1 | -1) {
    this.#step = step
  }

  at(price: number): number {
    return this.#size[price] ?? 0
  }

  set(price: number, size: number): void {
    const before = this.at(price)
    if (before === size) return
    this.#size[price] = size
    if (before === 0) this.count++
    if (size === 0) this.count--
    if (size > 0 && (this.best === undefined || (price - this.best) * this.#step > 0)) this.best = price
    else if (size === 0 && price === this.best) this.best = this.worseThan(price)
  }

  /** The next price behind this one at which something rests. */
  worseThan(price: number): number | undefined {
    for (let at = price - this.#step; at > 0 && at < 1_000; at -= this.#step) if (this.at(at) > 0) return at
    return undefined
  }

  /** Worst first, best last, as the venue lists them. */
  list(): Array<readonly [price: number, size: number]> {
    const levels: Array<readonly [number, number]> = []
    for (let at = this.best; at !== undefined; at = this.worseThan(at)) levels.push([at, this.at(at)])
    return levels.reverse()
  }
}

/** The book of a market's YES token, as the venue holds it: never crossed. */
export class Book {
  readonly bid = new Levels(1)
  readonly ask = new Levels(-1)

  set([side, price, size]: LevelChange): void {
    this[side].set(price, size)
  }
}
