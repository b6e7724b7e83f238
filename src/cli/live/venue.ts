import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Layer } from "effect"
import * as WebSocketMarketChannel from "../../polymarket/channel/WebSocketMarketChannel.js"
import * as WebSockets from "../../polymarket/channel/webSockets.js"
import * as ClobClient from "../../polymarket/ClobClient.js"
import * as GammaClient from "../../polymarket/GammaClient.js"
import type { PolymarketSettings } from "../../polymarket/settings.js"

/** The venue: its catalogue and books by REST, and its live channel. */
export const venueLayer = (settings: PolymarketSettings) =>
  WebSocketMarketChannel.layer(settings).pipe(
    Layer.provide(WebSockets.layer),
    Layer.provideMerge(Layer.merge(GammaClient.layer(settings), ClobClient.layer(settings))),
    Layer.provide(NodeHttpClient.layer)
  )
