// A simulated venue to try things against: prints the environment that leads there, and runs until it is stopped.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Clock, Console, Effect, Either, Schema } from "effect"
import { parseArgs } from "node:util"
import { drawFaults, type Fault } from "./faults.js"
import { LoopbackVenue, loopbackVenue } from "./loopback.js"
import { venueUrls } from "./urls.js"

const usage = `usage: venue [--port 4010] [--markets 50] [--seed 7] [--rate 20] [--faults none|light|heavy|storm]

  --port     on 127.0.0.1; 0 takes any that is free
  --markets  that are open from the start; a tenth as many are announced within the first hour, and as many close
  --seed     the same seed lists the same markets
  --rate     book changes of all markets together, a second
  --faults   none, about one a minute, about ten, or about one a second`

const Options = Schema.Struct({
  port: Schema.NumberFromString.pipe(Schema.int(), Schema.between(0, 65_535)),
  markets: Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 5_000)),
  seed: Schema.NumberFromString.pipe(Schema.int()),
  rate: Schema.NumberFromString.pipe(Schema.between(0.01, 100_000)),
  faults: Schema.Literal("none", "light", "heavy", "storm")
})

const parse = (args: ReadonlyArray<string>) =>
  Either.try(() =>
    parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "4010" },
        markets: { type: "string", default: "50" },
        seed: { type: "string", default: "7" },
        rate: { type: "string", default: "20" },
        faults: { type: "string", default: "none" }
      }
    }).values
  ).pipe(Either.flatMap(Schema.decodeUnknownEither(Options)))

const faultsPerMinute = { none: 0, light: 1, heavy: 10, storm: 60 }
const minute = 60_000
const minutesWithFaults = 24 * 60

const scriptOf = (options: typeof Options.Type, start: number): ReadonlyArray<Fault> =>
  drawFaults(options.seed, faultsPerMinute[options.faults] * minutesWithFaults, {
    from: start,
    to: start + minutesWithFaults * minute,
    markets: options.markets
  })

const program = (options: typeof Options.Type) =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const some = Math.ceil(options.markets / 10)
    const plan = { ...options, start, newcomers: some, closing: some }
    const layer = loopbackVenue({ plan, port: options.port, faults: scriptOf(options, start) })
    return yield* Effect.gen(function*() {
      const { authority } = yield* LoopbackVenue
      const urls = venueUrls(authority)
      yield* Console.log(`export FEATURE_STORE_POLYMARKET_GAMMA_URL=${urls.gammaUrl}`)
      yield* Console.log(`export FEATURE_STORE_POLYMARKET_CLOB_URL=${urls.clobUrl}`)
      yield* Console.log(`export FEATURE_STORE_POLYMARKET_DATA_URL=${urls.dataUrl}`)
      yield* Console.log(`export FEATURE_STORE_POLYMARKET_WEBSOCKET_URL=${urls.websocketUrl}`)
      return yield* Effect.never
    }).pipe(Effect.provide(layer))
  })

const failed = (message: string) =>
  Effect.zipRight(
    Console.error(message),
    Effect.sync(() => {
      process.exitCode = 2
    })
  )

NodeRuntime.runMain(
  Either.match(parse(process.argv.slice(2)), {
    onLeft: () => failed(usage),
    onRight: (options) => Effect.catchTag(program(options), "PortRefused", ({ message }) => failed(message))
  })
)
