import { Array, Chunk, Effect, FastCheck as fc, type Layer, Option, Stream } from "effect"
import { assert, describe, it } from "vitest"
import type { MarketEvent, TimedEvent } from "../../src/domain/Event.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { type EventBatch, EventLog, type LogRange, type QuoteBatch } from "../../src/store/EventLog.js"
import type { StorageFailure } from "../../src/store/StorageFailure.js"
import { histories, marketIds, opening } from "../support/histories.js"
import type { EventBody } from "../support/naive/index.js"
import { timedOf } from "../support/observed.js"
import { type PlainEvent, plainEvent, plainEvents, PlainLog } from "../support/plainLog.js"

type Batch = QuoteBatch | EventBatch

const markets = [...marketIds, "nobody"].map((id) => MarketId.make(id))

const quoteBatch = (
  rows: ReadonlyArray<readonly [market: MarketId, availableAt: number, bid: number, ask: number, volume: number]>
): QuoteBatch => ({
  kind: "quotes",
  market: rows.map(([market]) => market),
  availableAt: Float64Array.from(rows, (row) => row[1]),
  eventTime: Float64Array.from(rows, (row) => row[1] - 1600),
  bestBid: Float64Array.from(rows, (row) => row[2]),
  bestAsk: Float64Array.from(rows, (row) => row[3]),
  volume24h: Float64Array.from(rows, (row) => row[4])
})

/** Quotes of a batch of lines as columns, everything else as events. */
const batchesOf = (lines: ReadonlyArray<EventBody>, size: number): ReadonlyArray<Batch> =>
  Array.chunksOf(lines.map(timedOf), size).flatMap((timed): ReadonlyArray<Batch> => {
    const quotes = timed.flatMap(({ availableAt, event: { body, market } }) =>
      body.kind === "quote"
        ? [[market, availableAt, body.bestBid ?? NaN, body.bestAsk ?? NaN, body.volume24h ?? NaN] as const]
        : []
    )
    const others = timed.filter(({ event }) => event.body.kind !== "quote")
    return [...(quotes.length > 0 ? [quoteBatch(quotes)] : []), { kind: "events", events: others }]
  })

/** Many quotes at random instants of few, so that instants repeat and nothing is in order. */
const scatter = (rows: number, seed: number): QuoteBatch => {
  let state = seed | 1
  const next = (below: number) => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0
    return (state >>> 8) % below
  }
  return quoteBatch(Array.makeBy(rows, () => {
    const bid = 400_000 + next(50) * 1_000
    const market = markets[next(5) === 0 ? 1 : 0] ?? markets[0]
    return [market ?? MarketId.make("m1"), opening + next(rows), bid, next(9) === 0 ? NaN : bid + 10_000, NaN] as const
  }))
}

type Operation =
  | { readonly do: "append"; readonly events: ReadonlyArray<MarketEvent>; readonly at: Instant }
  | {
    readonly do: "import"
    readonly digest: string
    readonly batches: ReadonlyArray<Batch>
    readonly fails: boolean
  }

const operations: fc.Arbitrary<ReadonlyArray<Operation>> = fc.tuple(
  histories,
  fc.array(
    fc.record({
      size: fc.nat(20),
      live: fc.boolean(),
      stepMillis: fc.constantFrom(0, 0, 1, 1000),
      batch: fc.integer({ min: 1, max: 7 }),
      fails: fc.nat(5).map((n) => n === 0),
      digest: fc.nat(7)
    }),
    { minLength: 1, maxLength: 10, size: "max" }
  )
).map(([lines, steps]) => {
  let from = 0
  let at = opening
  return steps.map((step): Operation => {
    const own = lines.slice(from, from += step.size)
    at += step.stepMillis
    return step.live
      ? { do: "append", events: own.map((line) => timedOf(line).event), at: Instant(at) }
      : { do: "import", digest: `${step.digest}`, batches: batchesOf(own, step.batch), fails: step.fails }
  })
})

const instants = fc.integer({ min: -1000, max: 8 * 3_600_000 }).map((millis) => Instant(opening + millis))

const ranges: fc.Arbitrary<LogRange> = fc.record(
  {
    after: fc.nat(80),
    from: instants,
    to: instants,
    markets: fc.subarray(markets)
  },
  { requiredKeys: [] }
)

const inSequence = (events: ReadonlyArray<PlainEvent>) => [...events].sort((a, b) => a.sequence - b.sequence)

/** What `read` gives, as one plain list in the log's order; and that each kind has one entry, in that order itself. */
const readOf = (market: MarketId, range?: LogRange) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const { columns, watermark } = yield* log.read(market, range)
    assert.strictEqual(new Set(columns.map(({ kind }) => kind)).size, columns.length)
    const events = columns.flatMap((one) => plainEvents({ market, columns: one }))
    for (const one of columns) {
      const own = plainEvents({ market, columns: one })
      const sorted = [...own].sort((a, b) => a.availableAt - b.availableAt || a.sequence - b.sequence)
      assert.deepStrictEqual(own, sorted)
    }
    return {
      watermark,
      events: [...events].sort((a, b) => a.availableAt - b.availableAt || a.sequence - b.sequence)
    }
  })

const scanOf = (range?: LogRange) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const entries = yield* Stream.runCollect(log.scan(range))
    return Chunk.toReadonlyArray(entries).map(({ columns, market, row }) => plainEvent(market, columns, row))
  })

/** Does the same to the log and to a plain list, and compares what both say of it. */
const perform = (plain: PlainLog, operation: Operation) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    if (operation.do === "append") {
      const before = plain.sequence
      const { columns, kinds, ...appended } = yield* log.append(operation.events, operation.at)
      assert.deepStrictEqual(appended, plain.append(operation.events, operation.at))
      const mixed = kinds.flatMap(({ columns: rows, market }) => market.map((own, row) => plainEvent(own, rows, row)))
      assert.deepStrictEqual(inSequence(mixed), inSequence(plain.scan({ after: before })))
      assert.deepStrictEqual(
        inSequence(columns.flatMap(plainEvents)),
        inSequence(plain.scan({ after: before }))
      )
    } else if (operation.fails && !plain.has(operation.digest)) {
      const batches = Stream.concat(Stream.fromIterable(operation.batches), Stream.fail("the file is torn"))
      const failure = yield* Effect.flip(log.importFile({ digest: operation.digest, name: "torn" }, batches))
      assert.strictEqual(failure, "the file is torn")
    } else {
      const batches = Stream.fromIterable(operation.batches)
      assert.deepStrictEqual(
        yield* log.importFile({ digest: operation.digest, name: "file" }, batches),
        plain.importFile(operation.digest, operation.batches)
      )
    }
    assert.strictEqual(yield* log.watermark, plain.sequence)
    assert.strictEqual(yield* log.appendedAt, plain.appendedAt)
  })

const agree = (plain: PlainLog, asked: ReadonlyArray<LogRange>) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    assert.deepStrictEqual(yield* log.markets, plain.markets())
    for (const range of [{}, ...asked]) {
      assert.deepStrictEqual(yield* scanOf(range), plain.scan(range))
      for (const market of markets) {
        const { markets: _, ...own } = range
        assert.deepStrictEqual(yield* readOf(market, own), {
          watermark: plain.sequence,
          events: plain.read(market, own)
        })
      }
    }
  })

const quoteAt = (market: string, cents: number): MarketEvent => ({
  market: MarketId.make(market),
  source: undefined,
  eventTime: undefined,
  body: { kind: "quote", bestBid: cents * 10_000, bestAsk: cents * 10_000 + 10_000, volume24h: undefined }
})

const newsOf = (market: string, source: string, id: string, text = "great"): MarketEvent => ({
  market: MarketId.make(market),
  source,
  eventTime: undefined,
  body: { kind: "news", document: { id, text, publishedAt: undefined, url: undefined } }
})

const timed = (event: MarketEvent, availableAt: number): TimedEvent => ({ availableAt: Instant(availableAt), event })

interface Runs {
  /** random sequences of appends and imports */
  readonly programs: number
  /** imports that fill many chunks */
  readonly bulks: number
}

/** What every event log does, whatever it is kept in. `storage` gives a new, empty log each time. */
export const eventLogConformance = (
  name: string,
  storage: Layer.Layer<EventLog, StorageFailure>,
  { bulks, programs }: Runs
) => {
  const inNewLog = <E>(effect: Effect.Effect<void, E, EventLog>) => Effect.runPromise(Effect.provide(effect, storage))

  describe(`the event log: ${name}`, () => {
    it("gives back what a plain list gives, after any appends and imports, for any range", () =>
      fc.assert(
        fc.asyncProperty(operations, fc.array(ranges, { maxLength: 3 }), (program, asked) =>
          inNewLog(Effect.gen(function*() {
            const plain = new PlainLog()
            for (const operation of program) {
              yield* perform(plain, operation)
            }
            yield* agree(plain, asked)
          }))),
        { numRuns: programs }
      ), 120_000)

    it("keeps the order over many chunks that are filled in any order, one by one and in bulk", () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ rows: fc.integer({ min: 1, max: 6_000 }), seed: fc.nat(), live: fc.boolean() }), {
            minLength: 2,
            maxLength: 5
          }),
          fc.array(ranges, { maxLength: 2 }),
          (parts, asked) =>
            inNewLog(Effect.gen(function*() {
              const plain = new PlainLog()
              for (const [index, { live, rows, seed }] of parts.entries()) {
                const batch = scatter(rows, seed)
                const events = Array.makeBy(rows % 2_500, (row) => quoteAt("m1", 40 + row % 20))
                const operation: Operation = live
                  ? { do: "append", events, at: Instant(opening + index * 1000) }
                  : { do: "import", digest: `${index}`, batches: [batch], fails: false }
                yield* perform(plain, operation)
              }
              yield* agree(plain, asked)
            }))
        ),
        { numRuns: bulks }
      ), 120_000)

    it("numbers events consecutively from 1 and gives a whole batch the instant of its append", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        const at = Instant(opening)
        const first = yield* log.append([quoteAt("m1", 50), quoteAt("m2", 51), quoteAt("m1", 52)], at)
        assert.deepInclude(first, { sequence: 3, events: 3, duplicates: 0 })
        yield* log.append([quoteAt("m2", 53)], at)
        const found = yield* scanOf()
        assert.deepStrictEqual(found.map(({ market, sequence }) => [market, sequence]), [
          ["m1", 1],
          ["m2", 2],
          ["m1", 3],
          ["m2", 4]
        ])
        assert.isTrue(found.every((event) => event.availableAt === at && event.eventTime === at))
      })))

    it("orders by the instant at which events were known, then by when they were appended", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        const events = [30, 10, 20, 10].map((millis, i) => timed(quoteAt(`m${i % 2}`, 50), opening + millis))
        yield* log.importFile({ digest: "a", name: "a" }, Stream.make({ kind: "events" as const, events }))
        yield* log.append([quoteAt("m0", 60)], Instant(opening + 20))
        const found = yield* scanOf()
        assert.deepStrictEqual(found.map((event) => [event.availableAt - opening, event.sequence]), [
          [10, 2],
          [10, 4],
          [20, 3],
          [20, 5],
          [30, 1]
        ])
      })))

    it("bounds a range by both instants inclusively, and by the log position exclusively", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        for (const millis of [0, 1, 2, 3]) yield* log.append([quoteAt("m1", 50)], Instant(opening + millis))
        const sequences = (range: LogRange) =>
          Effect.zipWith(scanOf(range), readOf(MarketId.make("m1"), range), (scanned, read) => {
            assert.deepStrictEqual(scanned, read.events)
            return scanned.map((event) => event.sequence)
          })
        const [from, to] = [Instant(opening + 1), Instant(opening + 2)]
        assert.deepStrictEqual(yield* sequences({ from, to }), [2, 3])
        assert.deepStrictEqual(yield* sequences({ from }), [2, 3, 4])
        assert.deepStrictEqual(yield* sequences({ to }), [1, 2, 3])
        assert.deepStrictEqual(yield* sequences({ after: 2 }), [3, 4])
        assert.deepStrictEqual(yield* sequences({ after: 2, to }), [3])
        assert.deepStrictEqual(yield* sequences({ from: to, to: from }), [])
        assert.deepStrictEqual(yield* scanOf({ markets: [] }), [])
      })))

    it("keeps a document once for a market and source, counts the repeats and gives them no number", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        const first = yield* log.append(
          [newsOf("m1", "wire", "1"), newsOf("m1", "wire", "1", "awful"), newsOf("m1", "blog", "1")],
          Instant(opening)
        )
        assert.deepInclude(first, { sequence: 2, events: 2, duplicates: 1 })
        const second = yield* log.append(
          [newsOf("m1", "wire", "1"), newsOf("m2", "wire", "1"), newsOf("m1", "wire", "2")],
          Instant(opening + 1)
        )
        assert.deepInclude(second, { sequence: 4, events: 2, duplicates: 1 })
        const events = [timed(newsOf("m2", "wire", "1"), opening - 1), timed(newsOf("m2", "wire", "3"), opening - 1)]
        const imported = yield* log.importFile(
          { digest: "a", name: "a" },
          Stream.make({ kind: "events" as const, events })
        )
        assert.deepStrictEqual(imported, { outcome: "appended", events: 1, duplicates: 1, sequence: 5 })
        const found = yield* scanOf()
        assert.deepStrictEqual(
          found.map(({ body, market, source }) => [market, source, body.kind === "news" && body.document.id]),
          [["m2", "wire", "3"], ["m1", "wire", "1"], ["m1", "blog", "1"], ["m2", "wire", "1"], ["m1", "wire", "2"]]
        )
      })))

    it("keeps nothing of a file that fails on its way: no event, no market, no document", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        yield* log.append([quoteAt("m1", 50)], Instant(opening))
        const events = [timed(newsOf("new", "wire", "1"), opening), timed(quoteAt("new", 50), opening)]
        const torn = Stream.concat(
          Stream.make<Array<Batch>>({ kind: "events", events }, scatter(20_000, 7)),
          Stream.fail("torn" as const)
        )
        const file = { digest: "a", name: "a" }
        assert.strictEqual(yield* Effect.flip(log.importFile(file, torn)), "torn")
        assert.strictEqual(yield* log.watermark, 1)
        assert.deepStrictEqual((yield* log.markets).map(({ events, market }) => [market, events]), [["m1", 1]])
        assert.strictEqual((yield* scanOf()).length, 1)
        // another market comes before, so that a number that was taken back would be another's
        yield* log.append([quoteAt("other", 50)], Instant(opening))
        const again = yield* log.importFile(file, Stream.make<Array<Batch>>({ kind: "events", events }))
        assert.deepStrictEqual(again, { outcome: "appended", events: 2, duplicates: 0, sequence: 4 })
        assert.deepStrictEqual((yield* readOf(MarketId.make("new"))).events.map((event) => event.sequence), [3, 4])
        assert.deepStrictEqual((yield* readOf(MarketId.make("other"))).events.map((event) => event.sequence), [2])
      })))

    it("keeps nothing of a file whose import dies or is interrupted, and goes on as if it had not been", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        const events = [timed(newsOf("new", "wire", "1"), opening), timed(quoteAt("new", 50), opening)]
        for (const end of [Stream.die("broken"), Stream.fromEffect(Effect.interrupt)]) {
          const torn = Stream.concat(Stream.make<Array<Batch>>({ kind: "events", events }, scatter(5_000, 3)), end)
          const exit = yield* Effect.exit(log.importFile({ digest: "a", name: "a" }, torn))
          assert.strictEqual(exit._tag, "Failure")
          assert.strictEqual(yield* log.watermark, 0)
        }
        yield* log.append([quoteAt("other", 50), newsOf("other", "wire", "1")], Instant(opening))
        yield* log.append([newsOf("new", "wire", "1"), quoteAt("m1", 51)], Instant(opening + 1))
        const found = yield* scanOf()
        assert.deepStrictEqual(found.map(({ market, sequence }) => [market, sequence]), [
          ["other", 1],
          ["other", 2],
          ["new", 3],
          ["m1", 4]
        ])
      })))

    it("is not disturbed by a file whose import is interrupted from outside while it waits for more", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        const events = [timed(newsOf("new", "wire", "1"), opening), timed(quoteAt("new", 50), opening)]
        const endless = Stream.concat(
          Stream.make<Array<Batch>>({ kind: "events", events }, scatter(9_000, 3)),
          Stream.never
        )
        const importing = yield* Effect.fork(log.importFile({ digest: "a", name: "a" }, endless))
        yield* Effect.yieldNow()
        for (let i = 0; i < 50; i++) yield* Effect.yieldNow()
        yield* importing.interruptAsFork(importing.id())
        yield* importing.await
        yield* log.append([quoteAt("other", 50)], Instant(opening))
        yield* log.append([newsOf("new", "wire", "1"), quoteAt("m1", 51)], Instant(opening + 1))
        const found = yield* scanOf()
        assert.deepStrictEqual(found.map(({ market, sequence }) => [market, sequence]), [
          ["other", 1],
          ["new", 2],
          ["m1", 3]
        ])
      })))

    it("adds nothing when the same content comes again, under whatever name, and says what it added then", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        const events = [newsOf("m1", "wire", "1"), newsOf("m1", "wire", "1"), quoteAt("m1", 50)]
          .map((event) => timed(event, opening))
        const batches = Stream.make<Array<Batch>>({ kind: "events", events })
        const first = yield* log.importFile({ digest: "a", name: "first" }, batches)
        assert.deepStrictEqual(first, { outcome: "appended", events: 2, duplicates: 1, sequence: 2 })
        yield* log.append([quoteAt("m1", 51)], Instant(opening))
        const again = yield* log.importFile({ digest: "a", name: "second" }, Stream.dieMessage("it is not read"))
        assert.deepStrictEqual(again, { ...first, outcome: "known" })
        assert.strictEqual(yield* log.watermark, 3)
        const empty = yield* log.importFile({ digest: "b", name: "empty" }, Stream.empty)
        assert.deepStrictEqual(empty, { outcome: "appended", events: 0, duplicates: 0, sequence: 3 })
      })))

    it("remembers the newest instant of an append, which imports do not move", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        assert.strictEqual(yield* log.appendedAt, 0)
        yield* log.append([quoteAt("m1", 50)], Instant(opening + 5))
        yield* log.append([quoteAt("m1", 50)], Instant(opening + 3))
        const events = [timed(quoteAt("m1", 50), opening + 99)]
        yield* log.importFile({ digest: "a", name: "a" }, Stream.make({ kind: "events" as const, events }))
        assert.strictEqual(yield* log.appendedAt, opening + 5)
        yield* log.append([], Instant(opening + 7))
        assert.strictEqual(yield* log.appendedAt, opening + 7)
        assert.strictEqual(yield* log.watermark, 3)
      })))

    it("fixes what a scan sees when it begins: what is appended while it runs stays out", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        yield* log.importFile({ digest: "a", name: "a" }, Stream.make(scatter(9_000, 5)))
        let seen = 0
        let appended = 0
        yield* Stream.runForEachChunk(log.scan(), (entries) =>
          Effect.suspend(() => {
            seen += entries.length
            const newest = Option.getOrThrow(Chunk.last(entries))
            assert.isAtMost(newest.columns.sequence[newest.row] ?? NaN, 9_000)
            return appended++ < 3
              ? Effect.asVoid(log.append([quoteAt("m1", 50), quoteAt("late", 50)], Instant(opening)))
              : Effect.void
          }))
        assert.strictEqual(seen, 9_000)
        assert.isAbove(appended, 0)
      })))

    it("loses no reader when small pieces of the log are put together while it reads", () =>
      inNewLog(Effect.gen(function*() {
        const log = yield* EventLog
        const rowsOf = (index: number) => Array.makeBy(700, (row) => quoteAt(`m${index}`, 40 + row % 20))
        for (let hour = 0; hour < 15; hour++) {
          yield* log.append(rowsOf(hour % 3), Instant(opening + hour * 1000))
        }
        const sequences: Array<number> = []
        const times: Array<number> = []
        yield* Stream.runForEach(log.scan().pipe(Stream.rechunk(500)), ({ columns, row }) =>
          Effect.suspend(() => {
            sequences.push(columns.sequence[row] ?? NaN)
            times.push(columns.availableAt[row] ?? NaN)
            return sequences.length % 3_000 === 0
              ? Effect.forEach([0, 1, 2], (index) => log.append(rowsOf(index), Instant(opening + 500)), {
                discard: true
              })
              : Effect.void
          }))
        assert.deepStrictEqual(sequences, Array.makeBy(15 * 700, (i) => i + 1))
        assert.deepStrictEqual(times, [...times].sort((a, b) => a - b))
      })))
  })
}
