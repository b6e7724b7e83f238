import type { FileSystem } from "@effect/platform"
import type { PlatformError } from "@effect/platform/Error"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, type Scope } from "effect"
import { scoreText } from "../../src/domain/scorer.js"
import { type ImportFailure, importFiles } from "../../src/importer/importFiles.js"
import type { EventLog } from "../../src/store/EventLog.js"
import { histories } from "../support/histories.js"
import { emptyLog, fileOf, gzipped, importOf, logContent, ndjson } from "../support/importing.js"

const at = 1_783_715_146_000

/** A line of each type, and what the log then holds. */
const kinds: ReadonlyArray<readonly [line: object, body: object]> = [
  [
    {
      type: "market",
      question: "Will it rain?",
      category: "climate",
      tags: ["rain"],
      start_date: "2026-07-10T20:25:46+02:00",
      end_date: at + 1,
      resolution_date: null,
      liquidity: "12.5",
      volume_24h: 3,
      tick_size: 0.001
    },
    {
      kind: "market",
      snapshot: {
        question: "Will it rain?",
        category: "climate",
        tags: ["rain"],
        startDate: 1_783_707_946_000,
        endDate: at + 1,
        resolutionDate: undefined,
        liquidity: 12.5,
        volume24h: 3,
        tickSize: 1000
      }
    }
  ],
  [
    { type: "quote", best_bid: "0.49", best_ask: null, volume_24h: 0.1 },
    { kind: "quote", bestBid: 490_000, bestAsk: undefined, volume24h: 0.1 }
  ],
  [
    { type: "book", bids: [["0.5", "10"], [0.4, 1], ["0.45", 0]], asks: [[0.6, "2"], ["0.55", 0.000001]] },
    { kind: "book", bids: [[400_000, 1e6], [500_000, 1e7]], asks: [[600_000, 2e6], [550_000, 1]] }
  ],
  [
    { type: "price_change", changes: [["bid", "0.5", "0"], ["ask", 1, 2]] },
    { kind: "price_change", changes: [["bid", 500_000, 0], ["ask", 1e6, 2e6]] }
  ],
  [
    { type: "trade", price: -0, size: "0.5", side: "sell" },
    { kind: "trade", price: 0, size: 500_000, side: "sell" }
  ],
  [
    { type: "news", source: "wire", id: "n1", text: "A great day", published_at: at - 5, url: "https://example.org" },
    {
      kind: "news",
      document: {
        id: "n1",
        text: "A great day",
        publishedAt: at - 5,
        url: "https://example.org",
        score: scoreText("A great day"),
        scorer: "vader-sentiment@1.1.3"
      }
    }
  ],
  [
    { type: "gap", scope: "source", source: "ws", reason: "lost" },
    { kind: "gap", interruption: { scope: "source", reason: "lost" } }
  ],
  [
    { type: "gap_end", scope: "market", reason: "back" },
    { kind: "gap_end", interruption: { scope: "market", reason: "back" } }
  ],
  [{ type: "market_closed" }, { kind: "market_closed" }],
  [{ type: "resolution", outcome: "0.5" }, { kind: "resolution", outcome: 0.5 }]
]

const lines = kinds.map(([line], i) => ({
  market: "m1",
  available_at: at + i,
  ...(i % 2 === 0 ? { event_time: at } : {}),
  ...line
}))

const held = Object.fromEntries(
  kinds.map(([line, body], i) => [`m1 ${"kind" in body ? String(body.kind) : ""}`, [{
    availableAt: at + i,
    market: "m1",
    source: "source" in line ? line.source : undefined,
    eventTime: i % 2 === 0 ? at : at + i,
    body
  }]])
)

describe("a file of events", () => {
  it.scoped("is read back as it was written, every type of line", () =>
    Effect.gen(function*() {
      yield* importOf("events.ndjson", ndjson(lines))
      assert.deepStrictEqual(yield* logContent, held)
    }).pipe(Effect.provide(emptyLog)))

  const text = ndjson(lines)
  const spellings: ReadonlyArray<readonly [title: string, content: string | Uint8Array]> = [
    ["gzip", gzipped(text)],
    ["CRLF", text.replaceAll("\n", "\r\n")],
    ["no newline at its end", text.trimEnd()],
    ["blank lines", `\n \n${text.replaceAll("\n", "\n\t\r\n\n")}`],
    ["a byte order mark", `\ufeff${text}`],
    [
      "members of gzip one after the other",
      new Uint8Array([...gzipped(text.slice(0, 300)), ...gzipped(text.slice(300))])
    ]
  ]
  for (const [title, content] of spellings) {
    it.scoped(`is the same with ${title}`, () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* importOf("events.jsonl", content)).events, lines.length)
        assert.deepStrictEqual(yield* logContent, held)
      }).pipe(Effect.provide(emptyLog)))
  }
})

const sorted = (content: Record<string, ReadonlyArray<unknown>>) =>
  Object.fromEntries(Object.entries(content).map(([key, rows]) => [key, rows.map((row) => JSON.stringify(row)).sort()]))

/** Scores are the log's; a document that comes again with another text would make the order matter. */
const importable = histories.map((lines) => {
  const seen = new Set<string>()
  return lines.flatMap((line): ReadonlyArray<object> => {
    if (line.type === "gap" || line.type === "gap_end") return [{ ...line, reason: line.reason ?? "unknown" }]
    if (line.type !== "news") return [line]
    const { score: _score, ...document } = line
    const key = JSON.stringify([line.market, line.source, line.id])
    if (seen.has(key)) return []
    seen.add(key)
    return [document]
  })
})

const split = importable.chain((lines) =>
  fc.record({
    parts: fc.array(fc.nat(2), { minLength: lines.length, maxLength: lines.length }).map((part) =>
      [0, 1, 2].map((file) => ndjson(lines.filter((_, i) => part[i] === file)))
    ),
    order: fc.constantFrom([0, 1, 2], [2, 1, 0], [1, 2, 0, 1, 1], [0, 0, 2, 1, 0])
  })
)

type Requirements = EventLog | FileSystem.FileSystem | Scope.Scope

const contentAfter = (imports: Effect.Effect<unknown, ImportFailure | PlatformError, Requirements>) =>
  imports.pipe(Effect.zipRight(logContent), Effect.map(sorted), Effect.scoped, Effect.provide(emptyLog))

describe("a history in several files", () => {
  it("is the same history in any order of files, however often each is imported", () =>
    fc.assert(
      fc.asyncProperty(split, async ({ order, parts }) => {
        const whole = importOf("whole.ndjson", parts.join(""))
        const divided = Effect.flatMap(
          Effect.forEach(parts, (part, i) => fileOf(`${i}.ndjson`, part)),
          (paths) => importFiles(order.flatMap((i) => paths.slice(i, i + 1)))
        )
        assert.deepStrictEqual(
          await Effect.runPromise(contentAfter(divided)),
          await Effect.runPromise(contentAfter(whole))
        )
      }),
      { numRuns: 15 }
    ))
})
