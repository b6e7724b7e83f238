import { Schema } from "effect"
import { InstantFromInput } from "../domain/Instant.js"
import { expectedMarketId, MarketId } from "../domain/MarketId.js"
import { reasons } from "../features/Reason.js"

/** What requests and answers look like: the one place that the server, its documentation and its client read it from. */

const strict = { parseOptions: { onExcessProperty: "error" } } as const

/** A query is short, by what node takes of a request's head: all that is wrong with it is named. */
const strictQuery = { parseOptions: { onExcessProperty: "error", errors: "all" } } as const

const Market = MarketId.annotations({ message: () => ({ message: expectedMarketId, override: true }) })

const Reference = Schema.String.pipe(
  Schema.length({ min: 1, max: 200 }, { message: () => "a feature reference of 1 to 200 characters" })
)

const ServiceName = Schema.String.pipe(
  Schema.length({ min: 1, max: 100 }, { message: () => "the name of a feature service" })
)

/** A field that may be left out: said so that a value which does not fit is refused for itself alone. */
const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const atLeastOne = { message: () => "a list with at least one item" }

/** `POST /features` */
export const FeaturesRequest = Schema.Struct({
  markets: Schema.Array(Market).pipe(Schema.minItems(1, atLeastOne)),
  /** `group`, `group.feature`, `group@version`, `group@version.feature` or a bare feature name; all groups where absent */
  features: optional(Schema.Array(Reference).pipe(Schema.minItems(1, atLeastOne))),
  feature_service: optional(ServiceName),
  /** as of this instant; now where absent */
  at: optional(InstantFromInput)
}).annotations({ identifier: "FeaturesRequest", ...strict })
export type FeaturesRequest = typeof FeaturesRequest.Type

export const MarketPath = Schema.Struct({ market: Market })

const InstantFromText = Schema.transform(
  Schema.String,
  Schema.Union(Schema.Number, Schema.String),
  { strict: true, decode: (text) => /^\d{1,15}$/.test(text) ? Number(text) : text, encode: String }
).pipe(Schema.compose(InstantFromInput))

const Texts = Schema.Union(Schema.String, Schema.Array(Schema.String))

const selection = {
  /** comma-separated or repeated references; all groups where absent */
  features: optional(Texts),
  feature_service: optional(ServiceName)
}

/** `GET /features/{market}` */
export const FeaturesQuery = Schema.Struct({ ...selection, at: optional(InstantFromText) })
  .annotations(strictQuery)
export type FeaturesQuery = typeof FeaturesQuery.Type

/** `GET /features/{market}/stream` */
export const StreamQuery = Schema.Struct({
  ...selection,
  /** how often the vector is looked at */
  interval_ms: optional(
    Schema.NumberFromString.pipe(
      Schema.int({ message: () => "whole milliseconds within 100..60000" }),
      Schema.between(100, 60_000, { message: () => "whole milliseconds within 100..60000" })
    )
  )
}).annotations(strictQuery)
export type StreamQuery = typeof StreamQuery.Type

const Scalar = Schema.Union(Schema.Finite, Schema.String, Schema.Boolean)

const FeatureDocument = Schema.Struct({
  value: Schema.NullOr(Scalar),
  status: Schema.Literal("PRESENT", "STALE", "NULL", "MISSING"),
  reason: Schema.NullOr(Schema.Literal(...reasons)),
  age_ms: Schema.NullOr(Schema.Int),
  computed_at: Schema.Int,
  version: Schema.String,
  fingerprint: Schema.String
}).annotations({ identifier: "FeatureValue" })

/** The features of one market as of one instant. */
export const VectorDocument = Schema.Struct({
  market: Schema.String,
  as_of: Schema.Int,
  sequence: Schema.Int,
  features: Schema.Record({ key: Schema.String, value: FeatureDocument })
}).annotations({ identifier: "FeatureVector" })

export const VectorsDocument = Schema.Struct({ vectors: Schema.Array(VectorDocument) })
  .annotations({ identifier: "FeatureVectors" })

/** `POST /get-online-features`, as Feast's feature server documents it. What else Feast knows is let pass. */
export const OnlineRequest = Schema.Struct({
  /** `group:feature`, or any reference of ours */
  features: optional(Schema.NullOr(Schema.Array(Reference))),
  feature_service: optional(Schema.NullOr(ServiceName)),
  /** the entity of this store is the market */
  entities: Schema.Struct({ market: Schema.Array(Market).pipe(Schema.minItems(1, atLeastOne)) }).annotations(strict),
  full_feature_names: optional(Schema.Boolean)
}).annotations({ identifier: "OnlineFeaturesRequest" })
export type OnlineRequest = typeof OnlineRequest.Type

export const OnlineDocument = Schema.Struct({
  metadata: Schema.Struct({ feature_names: Schema.Array(Schema.String) }),
  /** one for each name, the entity first; within each one value a market */
  results: Schema.Array(Schema.Struct({
    values: Schema.Array(Schema.NullOr(Scalar)),
    statuses: Schema.Array(Schema.Literal("PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE")),
    event_timestamps: Schema.Array(Schema.String)
  }))
}).annotations({ identifier: "OnlineFeatures" })

/** `POST /push`: values of external groups, stored all or none. */
export const PushRequest = Schema.Struct({
  features: Schema.Array(
    Schema.Struct({
      market: Market,
      feature: Reference,
      version: Schema.String.annotations({
        message: () => ({ message: "the group's version as text", override: true })
      }),
      /** what instant the value is about */
      timestamp: InstantFromInput,
      /** when it was known; now where absent */
      available_at: Schema.optionalWith(InstantFromInput, { nullable: true }),
      value: Scalar.annotations({
        message: () => ({ message: "a finite number, text, true or false", override: true })
      })
    })
  ).pipe(Schema.minItems(1, atLeastOne))
}).annotations({ identifier: "PushRequest", ...strict })

export const PushDocument = Schema.Struct({ stored: Schema.Int }).annotations({ identifier: "Pushed" })

const GroupDocument = Schema.Struct({
  group: Schema.String,
  version: Schema.String,
  kind: Schema.Literal("computed", "external"),
  enabled: Schema.Boolean,
  default: Schema.Boolean,
  ttl_ms: Schema.Finite,
  max_age_ms: Schema.NullOr(Schema.Finite),
  fingerprint: Schema.String,
  history_ms: Schema.Finite,
  parameters: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  depends_on: Schema.Array(Schema.String),
  features: Schema.Array(Schema.Struct({
    feature: Schema.String,
    unit: Schema.String,
    description: Schema.String,
    needs: Schema.Array(Schema.String)
  }))
}).annotations({ identifier: "FeatureGroup" })

export const RegistryDocument = Schema.Struct({
  groups: Schema.Array(GroupDocument),
  feature_services: Schema.Record({ key: Schema.String, value: Schema.Array(Schema.String) })
}).annotations({ identifier: "Registry" })

/** `GET /lineage` */
export const LineageQuery = Schema.Struct({ format: optional(Schema.Literal("json", "mermaid")) })
  .annotations(strictQuery)

export const LineageDocument = Schema.Struct({
  groups: Schema.Array(Schema.Struct({
    group: Schema.String,
    kind: Schema.Literal("computed", "external"),
    enabled: Schema.Boolean,
    reads: Schema.Array(Schema.String),
    depends_on: Schema.Array(Schema.String),
    features: Schema.Array(Schema.Struct({ feature: Schema.String, needs: Schema.Array(Schema.String) }))
  }))
}).annotations({ identifier: "Lineage" })

export const HealthDocument = Schema.Struct({ status: Schema.Literal("alive") }).annotations({ identifier: "Health" })

/** For each named check what is wrong; `null` where nothing is. */
export const ReadinessDocument = Schema.Struct({
  ready: Schema.Boolean,
  checks: Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) })
}).annotations({ identifier: "Readiness" })
