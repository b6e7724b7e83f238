import { Effect, Layer } from "effect"
import { spawn } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { seeded } from "../../src/audit/random.js"
import { servedParity } from "../../src/audit/servedParity.js"
import type { EventColumns } from "../../src/domain/EventColumns.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { Replay } from "../../src/state/Replay.js"
import { EventLog } from "../../src/store/EventLog.js"
import { bundleProgram } from "../support/bundle.js"
import { standardRegistry } from "../support/evaluate.js"
import { sqliteStorage } from "../support/storages.js"
import { concernsMarket } from "../support/venue/faults.js"
import { hourEnd, hourFaults, hourPlan, hourStart } from "../support/venue/hour.js"
import type { SimulatedMarket } from "../support/venue/SimulatedMarket.js"
import { Venue } from "../support/venue/Venue.js"
import { isVenueBook } from "../support/venue/watch.js"

const folder = join(import.meta.dirname, "../../dist/hour")
const child = join(folder, "child.mjs")
const path = join(folder, "hour.db")
const minute = 60_000
const kills = [17 * minute, 41 * minute]
const downtime = 20_000
const seed = 20_260_712
const comparisons = 1_000
/** ms: half a minute where nothing else runs */
const recordingTimeout = 600_000

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await bundleProgram(join(import.meta.dirname, "../support/venue/hour.ts"), child)
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface Said {
  /** the venue's time */
  readonly at: number
  /** the log position that was acknowledged by then */
  readonly safe: number
}

/** Records from an instant on; kills the process, without warning, once it says that it has come to `until`. */
const recordUntil = (from: number, until: number) =>
  new Promise<Said>((resolve, reject) => {
    const running = spawn(process.execPath, [child, "record-hour", path, String(from)], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let said = ""
    let last: Said = { at: 0, safe: 0 }
    running.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text
      const [at, safe] = said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1)?.split(" ").map(Number) ?? []
      if (at === undefined || safe === undefined) return
      last = { at, safe }
      if (at >= until && at < hourEnd) running.kill("SIGKILL")
    })
    running.on("close", (code, signal) => {
      if (signal === "SIGKILL" || code === 0) resolve(last)
      else reject(new Error(`the recording ended with ${code}`))
    })
  })

const inRecording = <A, E>(effect: Effect.Effect<A, E, Layer.Layer.Success<ReturnType<typeof sqliteStorage>>>) =>
  Effect.runPromise(Effect.provide(effect, sqliteStorage(path)))

/** The rows of books and of their changes, in the log's order. */
const bookRows = (columns: ReadonlyArray<EventColumns>) =>
  columns.flatMap(({ availableAt, eventTime, kind, sequence }) =>
    kind !== "book" && kind !== "price_change" ? [] : [...sequence].map((position, row) => ({
      position,
      kind,
      availableAt: availableAt[row] ?? NaN,
      eventTime: eventTime[row] ?? NaN
    }))
  ).sort((a, b) => a.position - b.position)

/** By then REST has been asked whether the books are right: twice the expected interval of the settings. */
const reconciled = 120_000

/**
 * Whether the venue has deceived whoever follows this market: it lost or held back messages, or said what is not so. What
 * it said then is in the log as it was said, until it has said a whole book again, or REST has.
 */
const isDeceived = (market: SimulatedMarket, rows: ReturnType<typeof bookRows>, at: number): boolean =>
  hourFaults.some((fault) => {
    if (fault.kind !== "drop" && fault.kind !== "late" && fault.kind !== "crossed") return false
    if (fault.at > at || !concernsMarket(fault, market.listing.index)) return false
    const over = (fault.kind === "crossed" ? fault.at + 1_000 : fault.until) +
      (fault.kind === "late" ? fault.byMillis : 0)
    return at < over + reconciled &&
      !rows.some(({ availableAt, eventTime, kind }) =>
        kind === "book" && availableAt <= at && availableAt > over + 1_000 && eventTime >= fault.at
      )
  })

describe("an hour of 500 markets, faults and two kills", () => {
  it("is recorded without losing what was acknowledged", async () => {
    let from = hourStart
    for (const kill of [...kills, Infinity]) {
      const { at, safe } = await recordUntil(from, hourStart + kill)
      assert.isAtLeast(at, Math.min(hourEnd, hourStart + kill))
      const watermark = await inRecording(Effect.flatMap(EventLog, (log) => log.watermark))
      assert.isAtLeast(watermark, safe)
      assert.isAbove(safe, 0)
      from = at + downtime
    }
  }, recordingTimeout)

  it("gives every vector again that was served, bit for bit", async () => {
    const { answers, comparisons, differences } = await inRecording(servedParity(standardRegistry, Layer.empty))
    assert.deepStrictEqual(differences.slice(0, 5), [])
    assert.isAbove(answers, 20_000)
    assert.isAbove(comparisons, 100_000)
  })

  it("knows the markets that were announced and those that ended, and how", async () => {
    const venue = new Venue(hourPlan)
    // by then a description has been asked for, whatever else went wrong
    const settled = hourEnd - 10 * minute
    const logged = await inRecording(Effect.gen(function*() {
      const log = yield* EventLog
      return yield* Effect.forEach(
        venue.markets,
        ({ listing }) =>
          Effect.map(log.read(MarketId.make(listing.conditionId)), ({ columns }) => ({
            listing,
            hasBook: columns.some(({ kind }) => kind === "book"),
            outcomes: columns.flatMap((rows) => rows.kind === "resolution" ? [...rows.outcome] : [])
          }))
      )
    }))
    const opened = logged.filter(({ listing }) => listing.opensAt < settled)
    assert.deepStrictEqual(opened.filter(({ hasBook }) => !hasBook).map(({ listing }) => listing.index), [])
    assert.isAbove(opened.length, 510)
    const ended = logged.filter(({ listing }) => listing.resolvesAt < settled)
    assert.isAbove(ended.length, 10)
    assert.deepStrictEqual(
      ended.map(({ listing, outcomes }) => [listing.index, [...new Set(outcomes)]]),
      ended.map(({ listing }) => [listing.index, [listing.outcome]])
    )
  })

  it(`holds the venue's own books at ${comparisons} instants outside gaps`, async () => {
    const venue = new Venue(hourPlan)
    const random = seeded(seed)
    const counts = await inRecording(Effect.gen(function*() {
      const log = yield* EventLog
      let [compared, inGap, deceived] = [0, 0, 0]
      while (compared < comparisons) {
        const index = Math.floor(random() * venue.markets.length)
        const market = venue.past(index)
        const { columns } = yield* log.read(MarketId.make(market.listing.conditionId))
        const rows = bookRows(columns)
        const replay = new Replay(columns)
        // reading a market's log costs more than looking at it several times
        const instants = Array.from({ length: 5 }, () => hourStart + random() * (hourEnd - hourStart))
        for (const at of instants.map(Math.floor).sort((a, b) => a - b)) {
          replay.seek(at)
          const { book, closed, inGap: isGap } = replay.state
          if (isGap || closed || book.form !== "book") inGap++
          else if (isDeceived(market, rows, at)) deceived++
          else {
            compared++
            const newest = rows.findLast(({ availableAt }) => availableAt <= at)
            market.advance(newest?.eventTime ?? 0)
            assert.isTrue(isVenueBook(book, market), `seed ${seed}: market ${index} at ${at}, by ${newest?.eventTime}`)
          }
        }
      }
      return { compared, inGap, deceived }
    }))
    assert.isBelow(counts.inGap, 250, JSON.stringify(counts))
    assert.isBelow(counts.deceived, 400, JSON.stringify(counts))
  })
})
