import { Schema } from "effect"
import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import { seeded } from "../../src/audit/random.js"
import { Replay } from "../../src/state/Replay.js"
import { disagreements } from "../support/agreement.js"
import { Evaluator, standardRegistry } from "../support/evaluate.js"
import { numbered } from "../support/histories.js"
import { defaultParameters, type EventBody, type NaiveEvent } from "../support/naive/index.js"
import { columnsFor, placedOf } from "../support/replayOf.js"

const fixture = (name: string) => readFileSync(new URL(`../fixtures/polymarket-quotes/${name}`, import.meta.url))

const number = (cell: string | undefined) => cell === undefined || cell === "" ? undefined : Number(cell)

/** The quotes as a reader of the file sees them, without the importer. */
const quotes = (): ReadonlyArray<EventBody> =>
  gunzipSync(fixture("quotes.csv.gz")).toString("utf8").trim().split("\n").slice(1).map((line) => {
    const [at, market = "", bid, ask, volume] = line.split(",")
    const [best_bid, best_ask, volume_24h] = [number(bid), number(ask), number(volume)]
    return {
      type: "quote",
      market,
      available_at: Number(at),
      ...(best_bid === undefined ? {} : { best_bid }),
      ...(best_ask === undefined ? {} : { best_ask }),
      ...(volume_24h === undefined ? {} : { volume_24h })
    }
  })

const common = { market: Schema.String, available_at: Schema.Int }
const readDescribed = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({
  ...common,
  question: Schema.String,
  category: Schema.String,
  end_date: Schema.String
})))
const readResolved = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ ...common, outcome: Schema.Finite })))

const described = (): ReadonlyArray<EventBody> =>
  fixture("markets.ndjson").toString("utf8").trim().split("\n").map((line) => {
    const { available_at, category, end_date, market, question } = readDescribed(line)
    return { type: "market", market, available_at, question, category, end_date }
  })

const resolved = (): ReadonlyArray<EventBody> =>
  fixture("resolutions.ndjson").toString("utf8").trim().split("\n").map((line) => {
    const { available_at, market, outcome } = readResolved(line)
    return { type: "resolution", market, available_at, outcome }
  })

const byMarket = (): ReadonlyMap<string, ReadonlyArray<NaiveEvent>> => {
  const markets = new Map<string, Array<NaiveEvent>>()
  for (const event of numbered([...described(), ...quotes(), ...resolved()])) {
    const own = markets.get(event.market) ?? []
    own.push(event)
    markets.set(event.market, own)
  }
  return markets
}

const instantsPerMarket = 170

const isNarrow = ({ best_ask, best_bid }: Extract<EventBody, { readonly type: "quote" }>): boolean =>
  best_bid !== undefined && best_ask !== undefined && Number(best_ask) > Number(best_bid) &&
  Math.round((Number(best_ask) - Number(best_bid)) * 1e6) <= 100_000

/**
 * What features may depend on: everything but quotes, the quotes of the last two hours, and of the older ones the last few
 * priced ones, the last few with a volume, and the one that began the price series. The reference starts from nothing each
 * time, and would take a second over a whole week.
 */
const relevant = (events: ReadonlyArray<NaiveEvent>, at: number): ReadonlyArray<NaiveEvent> => {
  const known = events.filter((event) => event.available_at <= at)
  const older = known.filter((event) => event.type === "quote" && event.available_at <= at - 7_200_000)
  const priced = older.filter((event) => event.type === "quote" && isNarrow(event))
  const kept = new Set([
    ...priced.slice(0, 2),
    ...priced.slice(-3),
    ...older.filter((event) => event.type === "quote" && event.volume_24h !== undefined).slice(-2),
    ...older.slice(-2)
  ])
  return known.filter((event) => event.type !== "quote" || event.available_at > at - 7_200_000 || kept.has(event))
}

describe("the recorded sample of 60 markets", () => {
  it("gives the features of the naive reference at more than 10,000 instants", () => {
    const random = seeded(20_260_710)
    let asked = 0
    for (const [market, events] of byMarket()) {
      const replay = new Replay(columnsFor(placedOf(events, market)))
      const evaluator = new Evaluator(replay.state, standardRegistry)
      const ordered = [...events].sort((a, b) => a.available_at - b.available_at || a.sequence - b.sequence)
      const instants = Array.from({ length: instantsPerMarket }, (_, i) => {
        const at = ordered[Math.floor(random() * ordered.length)]?.available_at ?? 0
        return at + (i % 2 === 0 ? 0 : Math.floor(random() * 300_000) - 60_000)
      }).sort((a, b) => a - b)
      for (const at of instants) {
        replay.advance(at)
        const answers = evaluator.vector(at).entries()
        assert.deepStrictEqual(disagreements(answers, relevant(ordered, at), market, at, defaultParameters), [])
        asked++
      }
    }
    assert.isAbove(asked, 10_000)
  })
})
