import { Schema } from "effect"

/** The keys of `[feature_store.live]`. */
export const LiveSettings = Schema.Struct({})
export type LiveSettings = typeof LiveSettings.Type
