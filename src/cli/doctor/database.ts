import { Clock, Effect } from "effect"
import { formatInstant, Instant } from "../../domain/Instant.js"
import { EventLog } from "../../store/EventLog.js"
import { FeatureRepository } from "../../store/FeatureRepository.js"
import { planRegistry } from "../../store/registerGroups.js"
import { DatabaseHealth } from "../../store/sqlite/DatabaseHealth.js"
import type { Registry } from "../application.js"
import { bytes, count, counted, duration } from "../terminal/text.js"
import { type Check, demand, fail, ok, warn } from "./Check.js"

/** SQLite's code for "synchronised at every commit". */
const full = 2

const fileChecks = Effect.gen(function*() {
  const health = yield* DatabaseHealth
  const { imports, journalMode, problems, schema, synchronous } = yield* health.check
  const sizes = yield* health.sizes
  return [
    demand(
      "integrity",
      problems.length === 0,
      problems[0] ?? "every page is whole",
      "restore the database from a backup, or import your files into a new one"
    ),
    demand(
      "journal mode",
      journalMode === "wal" || journalMode === "memory",
      journalMode,
      "open the database with this program only"
    ),
    demand(
      "synchronous",
      synchronous >= full,
      synchronous === full ? "full" : `${synchronous}`,
      "acknowledged events could be lost"
    ),
    // a newer one than this program knows is refused when it is opened
    ok("schema", `version ${schema}`),
    ok(
      "size",
      `${bytes(sizes.total)}: events ${bytes(sizes.events)}, features ${bytes(sizes.features)}, served ${
        bytes(sizes.served)
      }`
    ),
    ok("imports", counted(imports, "file"))
  ]
})

/** A clock that was set back would give new events an older time than the log's newest: it stands until it has caught up. */
const clockCheck = (appendedAt: number, now: number): Check => {
  if (appendedAt === 0) return ok("clock", "nothing was recorded live yet")
  const newest = `newest live event ${formatInstant(Instant(appendedAt))}`
  return appendedAt <= now
    ? ok("clock", newest)
    : warn("clock", newest, `the machine's clock is ${duration(appendedAt - now)} behind the log: check its time`)
}

const logChecks = Effect.gen(function*() {
  const log = yield* EventLog
  const markets = yield* log.markets
  const events = markets.reduce((sum, market) => sum + market.events, 0)
  const span = markets.length === 0 ? "" : [
    Math.min(...markets.map((market) => market.firstAvailableAt)),
    Math.max(...markets.map((market) => market.lastAvailableAt))
  ].map((at) => formatInstant(Instant(at))).join(" to ")
  return [
    markets.length === 0
      ? warn("events", "none yet", "import FILE... appends events or quotes to the log")
      : ok("events", `${count(events)} of ${counted(markets.length, "market")}, ${span}`),
    ok("log position", count(yield* log.watermark)),
    clockCheck(yield* log.appendedAt, yield* Clock.currentTimeMillis)
  ]
})

const conflictCheck = (registry: Registry) =>
  Effect.map(Effect.flatMap(FeatureRepository, (repository) => repository.registered), (registered) => {
    const plan = planRegistry(registry, registered)
    const changed = plan.flatMap(({ change, id }) => change === "changed" ? [id] : [])
    return changed.length === 0
      ? ok("registered groups", counted(registered.length, "group"))
      : fail("registered groups", `${changed.join(", ")} changed`, "registry plan shows what differs")
  })

/** Everything that can be said of an open database; the registry's conflicts apart, which are a matter of configuration. */
export const databaseChecks = Effect.map(
  Effect.all([fileChecks, logChecks]),
  (checks): ReadonlyArray<Check> => checks.flat()
)

export const conflictChecks = (registry: Registry | undefined) =>
  registry === undefined ? Effect.succeed([]) : Effect.map(conflictCheck(registry), (check) => [check])
