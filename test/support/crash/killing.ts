import * as NodeContext from "@effect/platform-node/NodeContext"
import { SqlClient } from "@effect/sql"
import { Effect, Layer, Schema } from "effect"
import { spawn } from "node:child_process"
import { isDeepStrictEqual } from "node:util"
import type { EventColumns } from "../../../src/domain/EventColumns.js"
import { selectRows } from "../../../src/domain/mergeColumns.js"
import { EventLog } from "../../../src/store/EventLog.js"
import * as Database from "../../../src/store/sqlite/Database.js"
import { sqliteStorage } from "../storages.js"
import { batchEvents, importedRows, type Mode } from "./workload.js"

export interface Outcome {
  /** what the process has said, whole lines: what it said counts as acknowledged */
  readonly lines: ReadonlyArray<string>
  readonly killed: boolean
}

/** Runs `node child <mode> <path>` and kills it `millis` after it has said so many lines: the first is that it is ready. */
export const runAndKill = (
  child: string,
  mode: Mode,
  path: string,
  millis: number,
  linesBefore = 1
): Effect.Effect<Outcome> =>
  Effect.async((resume) => {
    const running = spawn(process.execPath, [child, mode, path], { stdio: ["ignore", "pipe", "inherit"] })
    let said = ""
    let timer: NodeJS.Timeout | undefined = undefined
    running.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text
      if (timer === undefined && said.split("\n").length > linesBefore) {
        timer = setTimeout(() => running.kill("SIGKILL"), millis)
      }
    })
    running.on("close", (_, signal) => {
      clearTimeout(timer)
      const whole = said.slice(0, said.lastIndexOf("\n") + 1)
      const lines = whole.split("\n").filter((line) => line !== "")
      resume(Effect.succeed({ lines, killed: signal === "SIGKILL" }))
    })
  })

/** The highest number that was said. */
export const highest = (lines: ReadonlyArray<string>): number =>
  Math.max(0, ...lines.map(Number).filter((position) => !Number.isNaN(position)))

const Verdict = Schema.Tuple(Schema.Struct({ integrity_check: Schema.String }))

/** What SQLite itself says of the file, after recovery of its write-ahead log; nothing where it is whole. */
export const damage = (path: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe("PRAGMA integrity_check")).pipe(
    Effect.flatMap(Schema.decodeUnknown(Verdict)),
    Effect.map(([row]) => row.integrity_check === "ok" ? [] : [`the file is damaged: ${row.integrity_check}`]),
    Effect.provide(Layer.provide(Database.layer(path), NodeContext.layer))
  )

/** All that a log holds, market by market. */
export interface Contents {
  readonly watermark: number
  readonly columns: ReadonlyArray<EventColumns>
}

export const readContents = Effect.gen(function*() {
  const log = yield* EventLog
  const watermark = yield* log.watermark
  const columns: Array<EventColumns> = []
  for (const { market } of yield* log.markets) columns.push(...(yield* log.read(market)).columns)
  const contents: Contents = { watermark, columns }
  return contents
})

export const contentsOf = (path: string) => Effect.provide(readContents, sqliteStorage(path))

export const sequences = (columns: ReadonlyArray<EventColumns>) =>
  columns.flatMap(({ sequence }) => [...sequence]).sort((a, b) => a - b)

/** Batches that `batchOf` has made and that are there in part. */
export const brokenBatches = ({ columns }: Contents): ReadonlyArray<string> => {
  const batches = new Map<string, number>()
  for (const source of columns.flatMap((one) => one.source)) {
    // what was imported has none
    if (source !== undefined) batches.set(source, (batches.get(source) ?? 0) + 1)
  }
  return [...batches].filter(([, events]) => events !== batchEvents).map(([source, events]) =>
    `${source} has ${events} events of ${batchEvents}`
  )
}

/** Whether every position of a log that has been given nothing but events holds one. */
export const missingPositions = ({ columns, watermark }: Contents): ReadonlyArray<string> =>
  isDeepStrictEqual(sequences(columns), Array.from({ length: watermark }, (_, i) => i + 1))
    ? []
    : [`positions up to ${watermark} are not there once each`]

/** What is wrong with a log of batches after a kill; `acknowledged` is the position that was said last. */
export const ingestProblems = (path: string, acknowledged: number) =>
  Effect.gen(function*() {
    const damaged = yield* damage(path)
    const contents = yield* contentsOf(path)
    const lost = contents.watermark < acknowledged
      ? [`${acknowledged} events were acknowledged, ${contents.watermark} are there`]
      : []
    return [...damaged, ...lost, ...missingPositions(contents), ...brokenBatches(contents)]
  })

/** What is wrong with a log after a kill amid the import of its one file; and its position. */
export const importProblems = (path: string, { lines }: Outcome) =>
  Effect.gen(function*() {
    const damaged = yield* damage(path)
    const { events, watermark } = yield* Effect.gen(function*() {
      const log = yield* EventLog
      const summaries = yield* log.markets
      return { watermark: yield* log.watermark, events: summaries.reduce((sum, market) => sum + market.events, 0) }
    }).pipe(Effect.provide(sqliteStorage(path)))
    const problems = [
      ...damaged,
      ...(events === watermark ? [] : [`${events} events at position ${watermark}`]),
      ...(watermark === 0 || watermark === importedRows ? [] : [`${watermark} rows of ${importedRows} were kept`]),
      ...(lines.includes("done") && watermark === 0 ? ["an import that was acknowledged is lost"] : [])
    ]
    return { problems, watermark }
  })

/** The positions of what became known after `cut`. */
const since = ({ columns }: Contents, cut: number) =>
  sequences(
    columns.map((one) => selectRows(one, [...one.sequence.keys()].filter((row) => (one.availableAt[row] ?? 0) > cut)))
  )

/** What is wrong with a log after a kill amid a compaction, which leaves alone what became known after `cut`. */
export const compactionProblems = (path: string, original: Contents, cut: number) =>
  Effect.gen(function*() {
    const damaged = yield* damage(path)
    const left = yield* contentsOf(path)
    return [
      ...damaged,
      ...(left.watermark === original.watermark ? [] : [`the log's position is ${left.watermark}`]),
      ...(isDeepStrictEqual(since(left, cut), since(original, cut)) ? [] : ["events that are needed are lost"])
    ]
  })
