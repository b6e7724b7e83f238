import * as NodeContext from "@effect/platform-node/NodeContext"
import Database from "better-sqlite3"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { copyFileSync, existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { seeded } from "../../src/audit/random.js"
import { compare } from "./compare.js"
import { opening } from "./generate.js"
import { history } from "./history.js"
import { randomSpine, writeSpine } from "./spines.js"
import { removeDatabase } from "./storage.js"

const markets = 50
const perMarket = 3_000
const rows = 150_000
const samples = 500
const groups = "market,orderbook,temporal,price_history"

// as bundled, this file lies in dist/bench
const program = fileURLToPath(new URL("../bin.mjs", import.meta.url))

/** Runs the built command line; gives what it printed. */
const cli = (words: ReadonlyArray<string>) =>
  Effect.async<string, string>((resume) => {
    let complaint = ""
    let printed = ""
    const child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "pipe"] })
    child.stdout.on("data", (text: Buffer) => {
      printed += text.toString()
    })
    child.stderr.on("data", (text: Buffer) => {
      complaint += text.toString()
    })
    child.on(
      "close",
      (code) => resume(code === 0 ? Effect.succeed(printed) : Effect.fail(`${words.join(" ")}: ${complaint}`))
    )
  })

const digest = (parts: Iterable<string | Uint8Array>): string => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest("hex")
}

/** All that is materialised, in the order of its keys. */
const chunksIn = (path: string): string => {
  const db = new Database(path, { readonly: true })
  const stored = db.prepare(
    `SELECT feature_group, market, every, first_at, row_count, log_sequence, hex(data) FROM feature_chunks
      ORDER BY feature_group, market, every, first_at`
  )
  const found = digest(Array.from(stored.raw().iterate(), (row) => JSON.stringify(row)))
  db.close()
  return found
}

/** A command with two threads beside the same with one: its time, and whether it leaves or prints the same. */
const sideBySide = (
  name: string,
  data: string,
  run: (workers: number) => Effect.Effect<Effect.Effect<string>, string>,
  prepare: Effect.Effect<void>
) =>
  compare({
    name,
    data,
    rounds: 3,
    isApart: true,
    competitors: [2, 1].map((workers, index) => ({
      name: `--workers ${workers}`,
      role: index === 0 ? "ours" as const : "peer" as const,
      prepare,
      run: run(workers)
    })),
    difference: (two: string, one: string) => two === one ? undefined : "they are not the same, byte for byte",
    goals: [{ against: "--workers 1", atMost: Math.round(1_000 / 1.7) / 1_000 }]
  })

/** What a second thread brings to the commands that take `--workers`. */
export const workers = (folder: string) =>
  Effect.gen(function*() {
    if (!existsSync(program)) return yield* Effect.fail(`${program} is not there: npm run bundle`)
    const { log, quotes } = yield* history(folder, markets, perMarket)
    const own = `${folder}/own.db`
    const spine = `${folder}/spine.csv`
    const set = `${folder}/set.parquet`
    writeSpine(spine, randomSpine(seeded(9), markets, rows, quotes.end - opening))
    const data = `${markets} markets x ${perMarket} quotes`
    return [
      yield* sideBySide(
        "materialize on two threads",
        `4 groups of ${data} every minute`,
        (count) =>
          Effect.as(
            cli([
              ...["materialize", "--db", own, "--features", groups, "--every", "1m"],
              ...["--from", String(opening), "--to", String(quotes.end), "--workers", String(count)]
            ]),
            Effect.sync(() => chunksIn(own))
          ),
        Effect.sync(() => {
          removeDatabase(own)
          copyFileSync(log, own)
        })
      ),
      yield* sideBySide(
        "dataset build on two threads",
        `${rows} random rows x 4 groups of ${data}`,
        (count) =>
          Effect.as(
            cli([
              ...["dataset", "build", "--db", log, "--features", groups, "--spine", spine, "--out", set],
              ...["--overwrite", "--workers", String(count)]
            ]),
            Effect.sync(() => digest([readFileSync(set)]))
          ),
        Effect.void
      ),
      yield* sideBySide(
        "audit lookahead on two threads",
        `${samples} samples of ${data}`,
        (count) =>
          Effect.map(
            cli([
              "audit",
              "lookahead",
              "--json",
              "--db",
              log,
              "--samples",
              String(samples),
              "--workers",
              String(count)
            ]),
            Effect.succeed
          ),
        Effect.void
      )
    ]
  }).pipe(Effect.provide(NodeContext.layer))
