import * as Command from "@effect/platform/Command"
import * as Path from "@effect/platform/Path"
import { Effect, Schema, Stream } from "effect"
import { PolymarketSettings } from "../../polymarket/settings.js"
import { StorageFailure } from "../../store/StorageFailure.js"
import { packageInfo } from "../packageInfo.js"

const failed = (cause: unknown) =>
  new StorageFailure({
    operation: "start the simulated venue",
    hint: "it is dist/venue.mjs in this package: `npm run bundle` builds it",
    cause
  })

/** The variable of the URL that each key names. */
const keys = { gamma_url: "GAMMA_URL", clob_url: "CLOB_URL", data_url: "DATA_URL", websocket_url: "WEBSOCKET_URL" }

const urlIn = (lines: ReadonlyArray<string>, variable: string): string | undefined => {
  const start = `export FEATURE_STORE_POLYMARKET_${variable}=`
  return lines.find((line) => line.startsWith(start))?.slice(start.length)
}

/**
 * Starts the simulated venue as a process of its own, which ends with the scope, and gives the settings that lead there.
 * The product knows it by its addresses only, as it knows the real one.
 */
export const venueProcess = (...args: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { root } = yield* Effect.flatten(packageInfo).pipe(Effect.mapError(failed))
    const file = (yield* Path.Path).join(root, "dist", "venue.mjs")
    const child = yield* Command.start(Command.make(process.execPath, file, "--port", "0", ...args)).pipe(
      Effect.mapError(failed)
    )
    const lines = yield* child.stdout.pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.take(Object.keys(keys).length),
      Stream.runCollect,
      Effect.mapError(failed)
    )
    const found = Object.fromEntries(
      Object.entries(keys).map(([key, variable]) => [key, urlIn([...lines], variable)])
    )
    return yield* Effect.mapError(
      Schema.decodeUnknown(PolymarketSettings)({
        ...found,
        expected_interval_secs: 5,
        describe_secs: 5,
        discover_secs: 5,
        ping_secs: 2,
        pong_timeout_secs: 5
      }),
      () => failed("it has ended before it said where it is")
    )
  })
