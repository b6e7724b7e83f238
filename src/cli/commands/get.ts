import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Effect } from "effect"
import { formatInstant } from "../../domain/Instant.js"
import { nearest } from "../../domain/problems.js"
import type { FeatureValue, FeatureVector, Status } from "../../features/FeatureVector.js"
import { EventLog } from "../../store/EventLog.js"
import { FeatureStore } from "../../store/FeatureStore.js"
import { databaseFile, openRegistry, storeLayer } from "../application.js"
import { features, globals, optionalText } from "../options.js"
import { type Colors, Output, present } from "../terminal/Output.js"
import { table } from "../terminal/table.js"
import { counted, duration, visible } from "../terminal/text.js"
import { marketOf, optionalInstant, referencesOf } from "../values.js"

const painted = (colors: Colors, status: Status): string => {
  switch (status) {
    case "PRESENT":
      return colors.green(status)
    case "STALE":
      return colors.yellow(status)
    case "NULL":
    case "MISSING":
      return colors.dim(status)
  }
}

const cells = (colors: Colors) => ([key, { age_ms, reason, status, value }]: readonly [string, FeatureValue]) => [
  key,
  value === null ? colors.dim("-") : visible(String(value)),
  painted(colors, status),
  age_ms === null ? "" : duration(age_ms),
  reason ?? ""
]

const render = (vector: FeatureVector<unknown>) => (colors: Colors) => {
  const entries = vector.entries()
  const head = ["feature", "value", "status", "age", "reason"]
  return [
    `${colors.bold(vector.market)} as of ${formatInstant(vector.asOf)} (log position ${vector.sequence})`,
    "",
    table(colors, { head, align: ["left", "right", "left", "right"] }, entries.map(cells(colors)))
  ].join("\n")
}

/** An unknown market is no error, since every market was unknown once; but it may be a slip. */
const noteUnknown = (vector: FeatureVector<unknown>) =>
  Effect.gen(function*() {
    const { columns, market, sequence } = vector
    const { json, note } = yield* Output
    const isStored = columns.some(({ group, key }) => group.kind === "external" && vector.get(key)?.value !== null)
    if (json || sequence > 0 || isStored) return
    const known = (yield* (yield* EventLog).markets).map((summary) => summary.market)
    const hint = known.includes(market) ? undefined : nearest(market, known)
    yield* note(
      `no event of this market was known as of then; the log holds ${counted(known.length, "market")}` +
        (hint === undefined ? "" : ` (${hint})`)
    )
  })

export const get = Command.make("get", {
  market: Args.text({ name: "MARKET" }).pipe(Args.withDescription("the market's id")),
  features,
  at: optionalText(
    "at",
    "TIME",
    "as of this instant, inclusive: ms UTC, or ISO 8601 with an offset (default: now)"
  ),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const market = yield* marketOf(given.market)
    const at = yield* optionalInstant("--at", given.at)
    const { config, registry } = yield* openRegistry(given)
    const references = yield* referencesOf(given.features, registry)
    yield* Effect.gen(function*() {
      const store = yield* FeatureStore
      const vector = yield* at === undefined
        ? store.getCurrentFeatures(market, references)
        : store.getFeaturesAt(market, at, references)
      // what was served is on record before anyone acts on it
      yield* store.flush
      yield* present(vector, render(vector))
      yield* noteUnknown(vector)
    }).pipe(Effect.provide(storeLayer(registry, databaseFile(config))))
  })).pipe(Command.withDescription("The features of one market, now or as of any past instant."))
