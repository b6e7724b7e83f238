import { Schema } from "effect"

/** The keys of `[feature_store.news]`. */
export const NewsSettings = Schema.Struct({})
export type NewsSettings = typeof NewsSettings.Type
