/** An instant of the recording: 2026-07-13T00:00:00Z. */
export const start = Date.UTC(2026, 6, 13)
export const minute = 60_000

const line = (event: object) => `${JSON.stringify(event)}\n`

/** A market that is described, quoted every minute for two hours, and has one book and one document. */
const market = (id: string) => [
  { type: "market", market: id, available_at: start, question: "Will it?", end_date: start + 48 * 60 * minute },
  ...Array.from({ length: 120 }, (_, i) => ({
    type: "quote",
    market: id,
    available_at: start + i * minute,
    best_bid: 0.4 + (i % 7) / 100,
    best_ask: 0.5 + (i % 5) / 100
  })),
  {
    type: "book",
    market: id,
    available_at: start + 120 * minute,
    bids: [["0.48", "100"], ["0.47", "50"]],
    asks: [["0.50", "300"]]
  },
  { type: "news", market: id, available_at: start + 121 * minute, source: "wire", id: "1", text: "A great win" }
]

/** Events of two markets as a file to import. */
export const recording = [...market("m1"), ...market("m2")].map(line).join("")

/** The events of the recording. */
export const recorded = recording.split("\n").length - 1

export const external = `[feature_store.external.forecast]
version = "2.0"
max_age_secs = 3600
fields = { win = "float", likely = "bool", note = "string", votes = "int" }
`

/** A configuration file's text with groups given as tables below `[feature_store.features]`. */
export const configOf = (...parts: ReadonlyArray<string>) => `[feature_store]\n${parts.join("\n")}\n`

/** A line for `store`, with fields replaced. */
export const externalLine = (fields: object = {}) =>
  line({
    market: "m1",
    feature: "forecast.win",
    version: "2.0",
    timestamp: start,
    available_at: start + minute,
    value: 0.25,
    ...fields
  })
