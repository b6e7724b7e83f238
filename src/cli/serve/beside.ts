import { Effect } from "effect"
import type { FeatureStoreConfig } from "../../config/FeatureStoreConfig.js"
import { MarketChannel } from "../../polymarket/MarketChannel.js"
import { featureServer } from "../../server/featureServer.js"
import type { Listening } from "../../server/listen.js"
import { opsServer } from "../../server/opsServer.js"
import type { Check, Checks } from "../../server/readiness.js"
import { EventLog } from "../../store/EventLog.js"
import { ProcessEnvironment, type Registry } from "../application.js"
import { Output } from "../terminal/Output.js"
import { count } from "../terminal/text.js"
import { tokensOf } from "./tokens.js"

/** A recorder is of use while the log answers and it knows the book of at least one of the markets that it follows. */
const checksOfRecording: Effect.Effect<Checks, never, EventLog | MarketChannel> = Effect.gen(function*() {
  const log = yield* EventLog
  const channel = yield* MarketChannel
  const storage: Check = Effect.match(log.watermark, { onFailure: () => "does not answer", onSuccess: () => null })
  const feed: Check = Effect.map(
    channel.status,
    (markets) =>
      markets.length > 0 && !markets.some(({ synced }) => synced)
        ? `no book of ${count(markets.length)} followed markets is known`
        : null
  )
  return { storage, feed }
})

const tellWhere = ({ url }: Listening) => Effect.flatMap(Output, ({ note }) => note(`listening on ${url}`))

const settingsAt = ({ server }: FeatureStoreConfig, port: number) => ({ ...server, port })

/** `/health`, `/ready` and `/metrics` beside a recording, as long as the scope lasts. */
export const serveOperations = (config: FeatureStoreConfig, port: number) =>
  Effect.gen(function*() {
    const tokens = yield* tokensOf(yield* ProcessEnvironment)
    const checks = yield* checksOfRecording
    yield* tellWhere(yield* opsServer({ settings: settingsAt(config, port), tokens, checks }))
  })

/** The feature server beside a recording: it answers from the states that the recording feeds. */
export const serveFeatures = (config: FeatureStoreConfig, registry: Registry, port: number) =>
  Effect.gen(function*() {
    const tokens = yield* tokensOf(yield* ProcessEnvironment)
    const checks = yield* checksOfRecording
    const settings = settingsAt(config, port)
    yield* tellWhere(
      yield* featureServer({ registry, settings, services: config.featureServices, tokens, checks })
    )
  })
