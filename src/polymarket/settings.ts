import { Schema } from "effect"

const setting = <A, I>(key: string, schema: Schema.Schema<A, I>, fallback: A) =>
  Schema.optionalWith(schema, { exact: true, default: () => fallback }).pipe(Schema.fromKey(key))

const httpUrl = Schema.String.pipe(
  Schema.pattern(/^https?:\/\/[^\s?#]+$/u, { description: "a URL that starts with http:// or https://" })
)
const socketUrl = Schema.String.pipe(
  Schema.pattern(/^wss?:\/\/[^\s?#]+$/u, { description: "a URL that starts with ws:// or wss://" })
)
const seconds = (least: number, most: number) =>
  Schema.Finite.pipe(Schema.between(least, most, { description: `seconds within ${least}..${most}` }))

/** The keys of `[feature_store.polymarket]`. */
export const PolymarketSettings = Schema.Struct({
  gammaUrl: setting("gamma_url", httpUrl, "https://gamma-api.polymarket.com"),
  clobUrl: setting("clob_url", httpUrl, "https://clob.polymarket.com"),
  dataUrl: setting("data_url", httpUrl, "https://data-api.polymarket.com"),
  websocketUrl: setting("websocket_url", socketUrl, "wss://ws-subscriptions-clob.polymarket.com/ws/market"),
  /** a market that has said nothing for this long is checked by REST: quiet, or frozen */
  expectedIntervalSecs: setting("expected_interval_secs", seconds(1, 3600), 60),
  /** between two PINGs */
  pingSecs: setting("ping_secs", seconds(1, 60), 10),
  /** without a PONG for this long a connection is stale */
  pongTimeoutSecs: setting("pong_timeout_secs", seconds(2, 300), 30),
  /** how often the recorded markets are described anew: liquidity, volume, closing, resolution */
  describeSecs: setting("describe_secs", seconds(5, 86_400), 300),
  /** how often the venue is asked for markets that fit the selection by now */
  discoverSecs: setting("discover_secs", seconds(5, 86_400), 300),
  tokensPerSocket: setting(
    "tokens_per_socket",
    Schema.Int.pipe(Schema.between(2, 500, { description: "whole tokens within 2..500" })),
    200
  )
})
export type PolymarketSettings = typeof PolymarketSettings.Type
