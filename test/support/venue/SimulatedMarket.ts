import { seeded } from "../../../src/audit/random.js"
import { Book, type LevelChange, type Side } from "./Book.js"
import { type Listing, listingOf, type VenuePlan } from "./Listing.js"

/** What a step of a market says to those who follow it. */
export type Update =
  | { readonly kind: "announced" }
  | { readonly kind: "price_change"; readonly changes: ReadonlyArray<LevelChange> }
  | { readonly kind: "book" }
  | { readonly kind: "trade"; readonly price: number; readonly size: number; readonly side: "BUY" | "SELL" }
  | { readonly kind: "best_bid_ask" }
  | { readonly kind: "tick_size"; readonly before: number; readonly after: number }
  | { readonly kind: "resolved" }

/** A trade of the YES token, for the Data API. */
export interface Fill {
  readonly at: number
  readonly price: number
  readonly size: number
  readonly side: "BUY" | "SELL"
}

const mostLevels = 24
const mostFills = 500
const coarse = 10
const fine = 1
const silent: ReadonlyArray<Update> = []

/**
 * One market of the venue: a book that moves by its own random sequence, step by step, whoever looks. Each step has an
 * instant of its own, so that the book "after everything up to T" is well defined; a second instance of the same plan and
 * number is at T what the first one was.
 */
export class SimulatedMarket {
  readonly listing: Listing
  readonly book = new Book()
  /** thousandths */
  tick = coarse
  /** the instant of the newest step; everything up to here is in the book */
  at: number
  /** the instant of the newest step that changed the book */
  movedAt: number
  /** the instant of the next step; Infinity after the last */
  nextAt: number
  /** steps taken: with the token it names a state of the book */
  steps = 0
  announced: boolean
  open = false
  closed = false
  resolved = false
  /** USD, since the start */
  volume = 0
  readonly fills: Array<Fill> = []
  /** the mid once a minute, thousandths */
  readonly minutes: Array<readonly [at: number, mid: number]> = []
  readonly #random: () => number
  /** what the traders think it is worth, thousandths */
  #fair: number
  /** a book is due since the tick size has changed */
  #owesBook = false

  constructor(plan: VenuePlan, index: number) {
    this.listing = listingOf(plan, index)
    this.#random = seeded(Math.imul(plan.seed + 7, 0xc2b2ae35) ^ Math.imul(index + 3, 0x27d4eb2f))
    // every eighth is close to where the tick becomes finer
    this.#fair = index % 8 === 2 ? 955 : 50 + 900 * this.#random()
    this.announced = this.listing.announcedAt <= plan.start
    if (!this.announced) {
      this.at = this.movedAt = this.nextAt = this.listing.announcedAt
      return
    }
    this.at = this.movedAt = plan.start
    this.#begin()
    this.nextAt = this.#due()
  }

  /** Takes the next step, at `nextAt`. */
  step(): ReadonlyArray<Update> {
    const { closesAt, opensAt, resolvesAt } = this.listing
    this.at = this.nextAt
    this.steps++
    if (!this.announced) {
      this.announced = true
      this.nextAt = opensAt
      return [{ kind: "announced" }]
    }
    if (this.closed) {
      this.resolved = true
      this.nextAt = Infinity
      return [{ kind: "resolved" }]
    }
    if (this.at >= closesAt) {
      this.closed = true
      this.open = false
      this.nextAt = resolvesAt
      return silent
    }
    if (!this.open) {
      this.#begin()
      this.nextAt = this.#due()
      return [{ kind: "book" }]
    }
    const updates = this.#trade()
    this.#note()
    this.nextAt = this.#due()
    return updates
  }

  /** Takes all steps up to `to`, inclusive. */
  advance(to: number): void {
    while (this.nextAt <= to) this.step()
  }

  /** The middle of the best prices, or what is known of it; thousandths. */
  mid(): number {
    const { ask, bid } = this.book
    return ((bid.best ?? ask.best ?? 0) + (ask.best ?? bid.best ?? 1_000)) / 2
  }

  #due(): number {
    const { closesAt, interval } = this.listing
    const wait = this.#owesBook ? 20 + 400 * this.#random() : -Math.log(1 - this.#random()) * interval
    return Math.min(closesAt, this.at + 1 + Math.floor(wait))
  }

  #begin(): void {
    this.open = true
    this.movedAt = this.at
    for (let i = 0; i < 8; i++) {
      this.book.set(this.#order("bid", 0))
      this.book.set(this.#order("ask", 0))
    }
    this.#note()
  }

  #note(): void {
    const newest = this.minutes.at(-1)
    if (newest === undefined || this.at - newest[0] >= 60_000) this.minutes.push([this.at, this.mid()])
  }

  #size(): number {
    const random = this.#random
    return 100 * Math.ceil(1_000 * random() ** 3) + (random() < 0.3 ? Math.floor(100 * random()) : 0)
  }

  /** An order that joins or makes a level of this side, without crossing the other one. */
  #order(side: Side, least: number): LevelChange {
    const random = this.#random
    const away = (least + Math.floor(6 * random() ** 2)) * this.tick + this.tick / 2
    const worth = side === "bid" ? this.#fair - away : this.#fair + away
    const { ask, bid } = this.book
    const bound = side === "bid"
      ? Math.min(1_000 - this.tick, (ask.best ?? 1_000) - this.tick)
      : Math.max(this.tick, (bid.best ?? 0) + this.tick)
    const onGrid = (side === "bid" ? Math.floor(worth / this.tick) : Math.ceil(worth / this.tick)) * this.tick
    const within = Math.min(1_000 - this.tick, Math.max(this.tick, onGrid))
    const price = side === "bid" ? Math.min(within, bound) : Math.max(within, bound)
    // no price is left beside a best one at the very end of the scale
    if (price <= 0 || price >= 1_000) return [side, side === "bid" ? this.tick : 1_000 - this.tick, 0]
    return [side, price, this.book[side].at(price) + this.#size()]
  }

  #apply(changes: Array<LevelChange>): ReadonlyArray<Update> {
    const { book } = this
    this.movedAt = this.at
    for (const change of changes) book.set(change)
    for (const side of ["bid", "ask"] as const) {
      const levels = book[side]
      if (levels.count <= mostLevels) continue
      const worst = levels.list()[0]
      if (worst === undefined) continue
      const dropped: LevelChange = [side, worst[0], 0]
      book.set(dropped)
      changes.push(dropped)
    }
    return [{ kind: "price_change", changes }]
  }

  #trade(): ReadonlyArray<Update> {
    const random = this.#random
    if (this.#owesBook) {
      this.#owesBook = random() < 0.3
      return this.#owesBook ? this.#apply([this.#order(random() < 0.5 ? "bid" : "ask", 1)]) : [{ kind: "book" }]
    }
    const jump = random() < 0.01 ? 60 : 6
    this.#fair = Math.min(995, Math.max(5, this.#fair + jump * (random() - 0.5)))
    const tick = this.#fair > 960 || this.#fair < 40 ? fine : coarse
    if (tick < this.tick && random() < 0.2) {
      const before = this.tick
      this.tick = tick
      this.#owesBook = true
      return [{ kind: "tick_size", before, after: tick }]
    }
    const { ask, bid } = this.book
    if (ask.best !== undefined && ask.best < this.#fair - this.tick) return this.#take("ask")
    if (bid.best !== undefined && bid.best > this.#fair + this.tick) return this.#take("bid")
    const kind = random()
    const side = random() < 0.5 ? "bid" : "ask"
    if (kind < 0.55) return this.#apply([this.#order(side, 0)])
    if (kind < 0.82) return this.#cancel(side)
    if (kind < 0.85) return [{ kind: "best_bid_ask" }]
    return this.#take(side)
  }

  #cancel(side: Side): ReadonlyArray<Update> {
    const levels = this.book[side].list()
    const level = levels[Math.floor(levels.length * Math.sqrt(this.#random()))]
    if (level === undefined) return this.#apply([this.#order(side, 0)])
    const [price, size] = level
    return this.#apply([[side, price, this.#random() < 0.5 ? 0 : Math.max(1, Math.floor(size / 2))]])
  }

  /** A market order against this side, through one level or several. */
  #take(side: Side): ReadonlyArray<Update> {
    const levels = this.book[side]
    const { best } = levels
    if (best === undefined) return this.#apply([this.#order(side, 0)])
    const changes: Array<LevelChange> = []
    const wanted = this.#size()
    let left = wanted
    for (let at: number | undefined = best; at !== undefined && left > 0; at = levels.worseThan(at)) {
      const taken = Math.min(left, levels.at(at))
      left -= taken
      changes.push([side, at, levels.at(at) - taken])
    }
    const size = wanted - left
    const direction = side === "ask" ? "BUY" : "SELL"
    this.volume += best * size / 100_000
    this.fills.push({ at: this.at, price: best, size, side: direction })
    if (this.fills.length > mostFills) this.fills.shift()
    const changed = this.#apply(changes)
    const trade: Update = { kind: "trade", price: best, size, side: direction }
    // after a trade the venue sends the whole book, and often the change as well
    return this.#random() < 0.5 ? [...changed, trade] : [...changed, trade, { kind: "book" }]
  }
}
