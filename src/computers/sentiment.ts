import { Effect, Schema } from "effect"
import { scorer } from "../domain/scorer.js"
import * as FeatureComputer from "../features/FeatureComputer.js"
import { Reason } from "../features/Reason.js"
import { NewsFeed } from "../state/views.js"
import { keywordsOf, mentions, phrasesOf } from "./keywords.js"

const seconds = (fallback: number) =>
  Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 31 * 86_400)), { default: () => fallback })

/** `exp`, `log` and `pow` may differ in the last bit between engines: what went through them keeps 12 digits. */
const portable = (value: number): number => Number(value.toPrecision(12))

/**
 * What documents say of a market: VADER compound scores (Hutto and Gilbert 2014) with an exponential half-life, documents
 * that mention its keywords, and the effective number of sources (Hill 1973).
 */
export const Sentiment = FeatureComputer.make("sentiment", {
  version: "1.0",
  ttl: "60 seconds",
  parameters: Schema.Struct({
    window_secs: seconds(21_600),
    half_life_secs: seconds(7_200),
    /** default: the words of the market's question */
    keywords: Schema.optional(Schema.Array(Schema.NonEmptyString)),
    /** scores are given when a document is appended; another scorer is another version of the group */
    scorer: Schema.optionalWith(Schema.Literal(scorer), { default: () => scorer })
  }),
  features: {
    sentiment_score: { unit: "-1..1", description: "mean score, newer documents weighing more", needs: ["news"] },
    keyword_count: { unit: "count", description: "documents that mention a keyword", needs: ["news"] },
    source_diversity: { unit: "sources", description: "effective number of sources: exp of entropy", needs: ["news"] }
  },
  reads: ["market", "news", "source_gap"],
  history: ({ window_secs }) => `${window_secs} seconds`,
  bind: Effect.fnUntraced(function*(market, { half_life_secs, keywords, window_secs }, out) {
    const feed = yield* (yield* NewsFeed).of(market)
    const window = window_secs * 1000
    const halfLife = half_life_secs * 1000
    const configured = keywords === undefined ? undefined : phrasesOf(keywords)
    let snapshot = feed.snapshot
    let phrases = configured ?? keywordsOf(snapshot?.question ?? "")
    const perSource = new Map<string, number>()
    return (at) => {
      if (configured === undefined && feed.snapshot !== snapshot) {
        snapshot = feed.snapshot
        phrases = keywordsOf(snapshot?.question ?? "")
      }
      const { news } = feed
      const from = news.firstAfter(at - window)
      const documents = news.length - from
      const down = feed.sourcesDown.size > 0
      if (documents === 0) {
        out.sentiment_score.unknown(Reason.no_data)
        out.source_diversity.unknown(Reason.no_data)
        if (down) out.keyword_count.unknown(Reason.source_down)
        else out.keyword_count.known(0)
        return
      }
      // relative to the newest document the weights are in the same proportion, and never all vanish
      const newest = news.at(news.length - 1)?.availableAt ?? at
      let weighted = 0
      let weights = 0
      let mentioned = 0
      perSource.clear()
      for (let i = from; i < news.length; i++) {
        const document = news.at(i)
        if (document === undefined) continue
        const weight = Math.pow(2, (document.availableAt - newest) / halfLife)
        weighted += weight * document.score
        weights += weight
        if (mentions(document.words, phrases)) mentioned++
        perSource.set(document.source, (perSource.get(document.source) ?? 0) + 1)
      }
      let entropy = 0
      for (const count of perSource.values()) entropy -= count / documents * Math.log(count / documents)
      out.source_diversity.known(portable(Math.exp(entropy)))
      if (down) {
        out.sentiment_score.unknown(Reason.source_down)
        out.keyword_count.unknown(Reason.source_down)
      } else {
        out.sentiment_score.known(portable(weighted / weights))
        out.keyword_count.known(mentioned)
      }
    }
  })
})
