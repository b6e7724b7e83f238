import { Schema } from "effect"

const setting = <A, I>(key: string, schema: Schema.Schema<A, I>, fallback: A) =>
  Schema.optionalWith(schema, { exact: true, default: () => fallback }).pipe(Schema.fromKey(key))

const whole = (least: number, most: number, of: string) =>
  Schema.Int.pipe(Schema.between(least, most, { description: `whole ${of} within ${least}..${most}` }))
const seconds = (least: number, most: number) =>
  Schema.Finite.pipe(Schema.between(least, most, { description: `seconds within ${least}..${most}` }))

const Host = Schema.String.pipe(
  Schema.pattern(/^[0-9A-Za-z.:_-]{1,253}$/, { description: "a host name or an address, such as \"127.0.0.1\"" })
)

const Endpoint = Schema.String.pipe(
  Schema.pattern(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/u, {
    description: "an http or https URL without user, query and fragment, such as \"http://127.0.0.1:4318\""
  })
)

/** The keys of `[feature_store.server]`. Tokens are secrets: they come from the environment alone. */
export const ServerSettings = Schema.Struct({
  /** an address other than loopback is refused without a token */
  host: setting("host", Host, "127.0.0.1"),
  /** 0 takes any free port */
  port: setting("port", whole(0, 65_535, "port"), 8787),
  /** of one token, or of one address where no token is needed; a bucket of twice as many is full at first */
  rateLimitPerSec: setting("rate_limit_per_sec", whole(1, 1_000_000, "requests"), 10_000),
  maxBodyBytes: setting("max_body_bytes", whole(1024, 104_857_600, "bytes"), 1_048_576),
  /** arrays and objects within one another in a body */
  maxDepth: setting("max_depth", whole(4, 1000, "levels"), 32),
  maxConnections: setting("max_connections", whole(1, 65_535, "connections"), 1000),
  /** open `/features/{market}/stream` requests */
  maxStreams: setting("max_streams", whole(0, 65_535, "streams"), 100),
  maxMarkets: setting("max_markets", whole(1, 100_000, "markets of one request"), 1000),
  maxFeatures: setting("max_features", whole(1, 10_000, "references of one request"), 200),
  /** until a request's headers are in */
  headersTimeoutSecs: setting("headers_timeout_secs", seconds(0.1, 300), 5),
  /** until a request is in as a whole */
  requestTimeoutSecs: setting("request_timeout_secs", seconds(0.1, 3600), 15),
  /** how long a connection may stay open between two requests */
  keepAliveSecs: setting("keep_alive_secs", seconds(0.1, 3600), 30),
  /** between two signs of life of a stream in which nothing changes */
  heartbeatSecs: setting("heartbeat_secs", seconds(0.1, 300), 15),
  /** one JSON line a request on stderr */
  accessLog: setting(
    "access_log",
    Schema.Boolean.annotations({ description: "true or false" }),
    false
  ),
  /** where traces go by OTLP over HTTP; none where absent */
  otlpEndpoint: Schema.optionalWith(Endpoint, { exact: true }).pipe(Schema.fromKey("otlp_endpoint"))
})
export type ServerSettings = typeof ServerSettings.Type

/** `[feature_store.feature_services]`: for each name the references that it stands for. */
export const FeatureServices = Schema.Record({
  key: Schema.String.pipe(
    Schema.pattern(/^[A-Za-z][0-9A-Za-z_.-]{0,99}$/, {
      description: "a name of letters, digits and _ . - that starts with a letter"
    })
  ),
  value: Schema.Array(Schema.NonEmptyTrimmedString.annotations({ description: "a feature reference" })).pipe(
    Schema.minItems(1, { description: "a list of feature references, such as [\"orderbook@1.0\"]" })
  )
})
export type FeatureServices = typeof FeatureServices.Type
