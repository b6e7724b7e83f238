import { Effect } from "effect"
import { Counter, Gauge, type Registry } from "prom-client"
import { Telemetry } from "./Telemetry.js"

/** What sources count of themselves. `source` is a feed's name: `polymarket`, or that of a news source. */
const makeFeedMetrics = (registry: Registry) => {
  const registers = [registry]
  return {
    frames: new Counter({
      name: "feature_store_feed_frames_total",
      help: "Frames or documents received, by what they were",
      labelNames: ["source", "kind"],
      registers
    }),
    bytes: new Counter({
      name: "feature_store_feed_bytes_total",
      help: "Bytes received",
      labelNames: ["source"],
      registers
    }),
    refused: new Counter({
      name: "feature_store_feed_refused_total",
      help: "Frames, or parts of them, that could not be read",
      labelNames: ["source", "reason"],
      registers
    }),
    dropped: new Counter({
      name: "feature_store_feed_dropped_total",
      help: "Messages that were read and gave no event",
      labelNames: ["source", "reason"],
      registers
    }),
    gaps: new Counter({
      name: "feature_store_feed_gaps_total",
      help: "Gaps recorded",
      labelNames: ["source", "reason"],
      registers
    }),
    connections: new Gauge({
      name: "feature_store_feed_connections",
      help: "Connections that are open and answering",
      labelNames: ["source"],
      registers
    }),
    reconnects: new Counter({
      name: "feature_store_feed_reconnects_total",
      help: "Connections opened again",
      labelNames: ["source"],
      registers
    }),
    markets: new Gauge({
      name: "feature_store_feed_markets",
      help: "Markets that are followed",
      labelNames: ["source"],
      registers
    }),
    marketsInGap: new Gauge({
      name: "feature_store_feed_markets_in_gap",
      help: "Markets whose book is not known at present",
      labelNames: ["source"],
      registers
    })
  }
}
export type FeedMetrics = ReturnType<typeof makeFeedMetrics>

/** By registry: a process has one of each metric, however many feeds it runs. */
const known = new WeakMap<Registry, FeedMetrics>()

export const feedMetrics: Effect.Effect<FeedMetrics, never, Telemetry> = Effect.map(Telemetry, (registry) => {
  const metrics = known.get(registry) ?? makeFeedMetrics(registry)
  known.set(registry, metrics)
  return metrics
})
