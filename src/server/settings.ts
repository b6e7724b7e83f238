import { Schema } from "effect"

/** The keys of `[feature_store.server]`. */
export const ServerSettings = Schema.Struct({})
export type ServerSettings = typeof ServerSettings.Type
