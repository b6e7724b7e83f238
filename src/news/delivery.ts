import { Clock, Effect } from "effect"
import { Intake } from "../context/Intake.js"
import type { MarketEvent } from "../domain/Event.js"
import type { MarketId } from "../domain/MarketId.js"
import { feedMetrics } from "../telemetry/feedMetrics.js"
import type { Document } from "./Document.js"
import { makeMatcher, type NewsMarket } from "./matcher.js"
import type { NewsSettings } from "./settings.js"

/** A document, and where the source says that it belongs, if it does. */
export interface Delivered extends Document {
  readonly markets?: ReadonlyArray<MarketId>
}

export interface Delivery {
  readonly documents: number
  /** one for each market that a document is about, but for those handed over before */
  readonly events: number
  /** about no market that is followed */
  readonly unmatched: number
  /** too old by their own date */
  readonly old: number
}

/** Hands documents over to the log, each to the markets that it is about, and returns once they are taken. */
export type Deliver = (documents: ReadonlyArray<Delivered>) => Effect.Effect<Delivery>

/** Documents that a source may have in its feed at once, times the markets that they are about, many times over. */
const mostRemembered = 50_000

/** What was handed over lately, by source: a feed gives the same documents at every poll. The log knows the rest. */
class Remembered {
  readonly #bySource = new Map<string, Set<string>>()

  #of(source: string): Set<string> {
    const known = this.#bySource.get(source) ?? new Set()
    this.#bySource.set(source, known)
    return known
  }

  has({ id, source }: Document, market: MarketId): boolean {
    return this.#of(source).has(`${market}\n${id}`)
  }

  add({ id, source }: Document, market: MarketId): void {
    const known = this.#of(source)
    known.add(`${market}\n${id}`)
    const [oldest] = known
    if (known.size > mostRemembered && oldest !== undefined) known.delete(oldest)
  }
}

const eventOf = ({ id, publishedAt, source, text, url }: Document, market: MarketId): MarketEvent => ({
  market,
  source,
  eventTime: undefined,
  body: { kind: "news", document: { id, text, publishedAt, url } }
})

export const makeDeliver = (settings: NewsSettings, markets: Effect.Effect<ReadonlyArray<NewsMarket>>) =>
  Effect.gen(function*() {
    const intake = yield* Intake
    const metrics = yield* feedMetrics
    const remembered = new Remembered()

    const offer = (events: ReadonlyArray<MarketEvent>): Effect.Effect<void> =>
      Effect.suspend(() => intake.offer(events) ? Effect.void : Effect.zipRight(intake.room, offer(events)))

    const deliver: Deliver = Effect.fnUntraced(function*(documents) {
      const now = yield* Clock.currentTimeMillis
      const marketsOf = makeMatcher(yield* markets, settings)
      let [events, unmatched, old] = [0, 0, 0]
      for (const document of documents) {
        metrics.frames.inc({ source: document.source, kind: "document" })
        if (document.publishedAt !== undefined && now - document.publishedAt > settings.maxAgeSecs * 1000) {
          old++
          continue
        }
        const about = document.markets ?? marketsOf(document.text)
        if (about.length === 0) unmatched++
        const fresh = [...new Set(about)].filter((market) => !remembered.has(document, market))
        if (fresh.length === 0) continue
        yield* offer(fresh.map((market) => eventOf(document, market)))
        for (const market of fresh) remembered.add(document, market)
        events += fresh.length
      }
      return { documents: documents.length, events, unmatched, old }
    })
    return deliver
  })
