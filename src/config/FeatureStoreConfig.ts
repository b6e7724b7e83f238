import type { BacktestSettings } from "../backtest/settings.js"
import type { LiveSettings } from "../live/settings.js"
import type { NewsSettings } from "../news/settings.js"
import type { PolymarketSettings } from "../polymarket/settings.js"
import type { FeatureServices, ServerSettings } from "../server/settings.js"
import type { LlmSettings } from "../strategy/llm/settings.js"
import type { MeanReversionSettings } from "../strategy/meanReversion.js"

/** The type of an external field's value; `float` and `int` are both finite numbers. */
export type FieldType = "float" | "int" | "bool" | "string"

/** One version of a computed group. Durations are seconds. */
export interface VersionConfig {
  /** 0 or more; absent means the computer's own. */
  readonly ttlSecs?: number
  /** Above 0; absent means that values never become stale. */
  readonly maxAgeSecs?: number
  /** As written, without defaults, and already accepted by the group's schema. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** A computed group: its first version, and further versions that inherit nothing from it. */
export interface GroupConfig extends VersionConfig {
  readonly enabled: boolean
  readonly version: string
  readonly versions: Readonly<Record<string, VersionConfig>>
}

/** A group whose values are stored by others. */
export interface ExternalGroupConfig {
  readonly version: string
  /** Seconds, above 0; absent means that values never become stale. */
  readonly maxAgeSecs?: number
  /** At least one field, by name. */
  readonly fields: Readonly<Record<string, FieldType>>
}

/** The decoded configuration. Every computed group is present in `features`, mentioned in the file or not. */
export interface FeatureStoreConfig {
  /** As given; undefined when built-in defaults serve in place of a file. */
  readonly file: string | undefined
  readonly enabled: boolean
  /** Seconds, 0 or more. */
  readonly cacheTtlSecs: number
  readonly persistenceEnabled: boolean
  readonly dbPath: string
  /** Threads that compute where there is much to compute; absent means one for every processor but one, up to 8. */
  readonly workers?: number
  readonly features: Readonly<Record<string, GroupConfig>>
  readonly external: Readonly<Record<string, ExternalGroupConfig>>
  readonly backtest: BacktestSettings
  readonly polymarket: PolymarketSettings
  readonly news: NewsSettings
  readonly live: LiveSettings
  readonly server: ServerSettings
  readonly featureServices: FeatureServices
  readonly llmPrediction: LlmSettings
  readonly meanReversion: MeanReversionSettings
}
