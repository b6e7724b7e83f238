import { Schema } from "effect"

/** The keys of `[feature_store.live]`. */
export const LiveSettings = Schema.Struct({
  /** days of the log that stay answerable when it is compacted; all of it where absent */
  retentionDays: Schema.optionalWith(
    Schema.Finite.pipe(Schema.between(0.01, 36_500, { description: "days within 0.01..36500" })),
    { exact: true }
  ).pipe(Schema.fromKey("retention_days"))
})
export type LiveSettings = typeof LiveSettings.Type
