import { Effect, Either, FastCheck as fc } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { gzipSync } from "node:zlib"
import { importFile } from "../../src/importer/importFiles.js"
import { EventLog } from "../../src/store/EventLog.js"
import { missingPositions, readContents } from "../support/crash/killing.js"
import { histories } from "../support/histories.js"
import { emptyLog, logState, ndjson } from "../support/importing.js"
import { mutatedBytes } from "../support/mutated.js"
import { folder } from "../support/storages.js"
import { type Campaign, type Draw, type Notes, noting, rounds } from "./Campaign.js"

const files = 60
const at = 1_783_715_146_000

interface File {
  readonly name: string
  readonly bytes: Uint8Array
}

const rows = (draw: Draw) =>
  Array.from({ length: draw.within(1, 40) }, (_, row) => ({ row, cents: draw.within(1, 98) }))

const csv = (draw: Draw): string =>
  `available_at,market,best_bid,best_ask,event_time,volume_24h\n${
    rows(draw).map(({ cents, row }) => `${at + row},"m${row % 3}",0.${cents},,${at},${row}\n`).join("")
  }`

const parquet = (draw: Draw): Uint8Array => {
  const all = rows(draw)
  return new Uint8Array(parquetWriteBuffer({
    columnData: [
      { name: "available_at", data: all.map(({ row }) => BigInt(at + row)), type: "INT64" },
      { name: "market", data: all.map(({ row }) => `m${row % 3}`), type: "STRING" },
      { name: "best_bid", data: all.map(({ cents }) => cents / 100), type: "DOUBLE" },
      { name: "best_ask", data: all.map(() => null), type: "DOUBLE" }
    ]
  }))
}

/** A file of any kind, mostly damaged. */
const fileOf = (draw: Draw, lines: ReadonlyArray<object>): File => {
  const whole: File = draw.one([
    { name: "events.ndjson", bytes: Buffer.from(ndjson(lines)) },
    { name: "quotes.csv", bytes: Buffer.from(csv(draw)) },
    { name: "quotes.parquet", bytes: parquet(draw) }
  ])
  const isPacked = draw.below(4) === 0 && !whole.name.endsWith("parquet")
  const packed = isPacked && draw.below(2) === 0
  const bytes = packed ? new Uint8Array(gzipSync(whole.bytes)) : whole.bytes
  const damaged = draw.below(12) === 0 ? bytes : mutatedBytes(draw.random, bytes)
  return isPacked && !packed
    ? { name: `${whole.name}.gz`, bytes: new Uint8Array(gzipSync(damaged)) }
    : { name: packed ? `${whole.name}.gz` : whole.name, bytes: damaged }
}

/** What may not be in a log, whatever the file said. */
const nonsense = Effect.map(readContents, (contents) => [
  ...missingPositions(contents),
  ...contents.columns.flatMap(({ availableAt, eventTime, kind, source }) =>
    [...availableAt, ...eventTime].every((time) => Number.isSafeInteger(time) && time >= 31_536_000_000) &&
      source.every((name) => name === undefined || name.length > 0)
      ? []
      : [`${kind} has been given what is no instant or source`]
  ),
  ...contents.columns.flatMap((columns) =>
    columns.kind === "quote" &&
      ![...columns.bestBid, ...columns.bestAsk].every((price) => Number.isNaN(price) || (price >= 0 && price <= 1e6))
      ? ["a quote has been given a price that is none"]
      : []
  )
])

const importing = (notes: Notes, draw: Draw, path: string, { bytes, name }: File) =>
  Effect.gen(function*() {
    const before = yield* logState
    const skipInvalid = draw.below(2) === 0
    const done = yield* Effect.either(importFile(path, { skipInvalid }))
    notes.tried++
    if (Either.isRight(done)) {
      notes.meet("imported")
      const { duplicates, events, rejected, sequence } = done.right
      const watermark = yield* Effect.flatMap(EventLog, (log) => log.watermark)
      notes.demand(
        watermark === events && sequence === events,
        () => `${name}: ${events} events, position ${watermark}`
      )
      notes.demand(skipInvalid || rejected === 0, () => `${name}: lines were left out unasked`)
      if (name === "events.ndjson") {
        const lines = Buffer.from(bytes).toString("latin1").split("\n").filter((line) => line.trim() !== "").length
        notes.demand(
          events + duplicates + rejected === lines,
          () => `${name}: ${events} events, ${duplicates} known, ${rejected} refused of ${lines} lines`
        )
      }
      notes.found(...(yield* nonsense))
      return
    }
    notes.meet("refused")
    notes.demand(done.left._tag === "ImportRejected", () => `${name}: ${done.left.message}`)
    notes.demand(done.left.message.startsWith(path), () => `the refusal does not name the file: ${done.left.message}`)
    notes.demand(isDeepStrictEqual(yield* logState, before), () => `${name} was refused, and something of it was kept`)
  }).pipe(Effect.provide(emptyLog))

export const fuzzFiles: Campaign = {
  name: "fuzz-files",
  what:
    "NDJSON, CSV and Parquet files, gzip or not, torn and garbled; refused by line with nothing kept, or all in order",
  rounds: rounds(10),
  meets: ["imported", "refused"],
  prepare: Effect.succeed(noting((notes, draw, seed) =>
    Effect.gen(function*() {
      const to = yield* folder
      const all = fc.sample(histories, { seed, numRuns: files })
      for (const [i, lines] of all.entries()) {
        const unscored = lines.map((line) =>
          Object.fromEntries(Object.entries(line).filter(([key]) => key !== "score"))
        )
        const file = fileOf(draw, unscored)
        const path = join(to, `${i}-${file.name}`)
        writeFileSync(path, file.bytes)
        yield* importing(notes, draw, path, file)
      }
    })
  ))
}
