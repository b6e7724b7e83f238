import type { Events } from "./events.js"
import { isMarket, isNews, isSourceGap } from "./events.js"
import type { NaiveParameters, Outcome } from "./outcome.js"

const twelveDigits = (value: number) => Number(value.toPrecision(12))

const wordsOf = (text: string) =>
  text.normalize("NFKC").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "")

const total = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0)

const isSourceDown = (events: Events) => {
  const open = new Set<string>()
  for (const event of events.filter(isSourceGap)) {
    if (event.type === "gap") open.add(event.source ?? "")
    else open.delete(event.source ?? "")
  }
  return open.size > 0
}

const keywordsOf = (events: Events, configured: ReadonlyArray<string> | undefined, stopWords: ReadonlySet<string>) => {
  if (configured !== undefined) return configured.map(wordsOf).filter((words) => words.length > 0)
  const market = events.filter(isMarket).at(-1)
  return wordsOf(market?.question ?? "")
    .filter((word) => [...word].length >= 4 && !stopWords.has(word))
    .map((word) => [word])
}

const contains = (words: ReadonlyArray<string>, keyword: ReadonlyArray<string>) =>
  words.some((_, start) => keyword.every((word, i) => words[start + i] === word))

export const sentimentFeatures = (
  events: Events,
  at: number,
  parameters: NaiveParameters["sentiment"],
  stopWords: ReadonlySet<string>
) => {
  const documents = events.filter(isNews).filter((news) => news.available_at > at - parameters.window_secs * 1000)
  const isDown = isSourceDown(events)

  const score = (): Outcome => {
    if (documents.length === 0) return "no_data"
    if (isDown) return "source_down"
    const weights = documents.map((news) => 2 ** (-(at - news.available_at) / (1000 * parameters.half_life_secs)))
    return twelveDigits(total(documents.map((news, i) => news.score * (weights[i] ?? 0))) / total(weights))
  }

  const keywordCount = (): Outcome => {
    if (isDown) return "source_down"
    const keywords = keywordsOf(events, parameters.keywords, stopWords)
    return documents.filter((news) => keywords.some((keyword) => contains(wordsOf(news.text), keyword))).length
  }

  const diversity = (): Outcome => {
    if (documents.length === 0) return "no_data"
    const sources = [...new Set(documents.map((news) => news.source))]
    // Smallest share first: the sum depends on the shares alone, not on which source came first.
    const shares = sources
      .map((source) => documents.filter((news) => news.source === source).length / documents.length)
      .sort((a, b) => a - b)
    return twelveDigits(Math.exp(-total(shares.map((share) => share * Math.log(share)))))
  }

  return {
    "sentiment.sentiment_score": score(),
    "sentiment.keyword_count": keywordCount(),
    "sentiment.source_diversity": diversity()
  }
}
