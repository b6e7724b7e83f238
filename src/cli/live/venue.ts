import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Layer } from "effect"
import * as ClobClient from "../../polymarket/ClobClient.js"
import * as GammaClient from "../../polymarket/GammaClient.js"
import type { PolymarketSettings } from "../../polymarket/settings.js"

/** The venue: its catalogue and books by REST, and its live channel. */
export const venueLayer = (settings: PolymarketSettings) =>
  Layer.merge(GammaClient.layer(settings), ClobClient.layer(settings)).pipe(
    Layer.provide(NodeHttpClient.layer)
  )
