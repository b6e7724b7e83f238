import { FileSystem } from "@effect/platform"
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { loadConfig } from "../../src/config/loadConfig.js"
import { configOf, load, parameterSchemas } from "./configOf.js"

const file = "config/feature_store.toml"

describe("the configuration that comes with the project", () => {
  it.effect("says what the built-in defaults are", () =>
    Effect.gen(function*() {
      const shipped = yield* loadConfig({ file: Option.some(file), environment: {}, parameterSchemas })
      const builtIn = yield* load({})
      assert.deepStrictEqual(shipped.features["price_history"]?.parameters, { window_secs: 3600 })
      const price_history = { enabled: true, version: "1.0", parameters: { window_secs: 3600 }, versions: {} }
      assert.deepStrictEqual(shipped, { ...builtIn, file, features: { ...builtIn.features, price_history } })
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("holds examples that are valid in place of the lines they stand for", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const source = yield* fs.readFileString(file)
      const examples = source
        .replaceAll(/^(orderbook|sentiment|price_history) = .*$/gm, "")
        .replaceAll(/^# (\[|\w+ = )/gm, "$1")
      const { external, features } = yield* configOf(examples)
      assert.deepStrictEqual(features["orderbook"]?.parameters, { levels: 5 })
      assert.deepStrictEqual(features["sentiment"]?.parameters["keywords"], ["win"])
      assert.deepStrictEqual(features["price_history"]?.versions["1.0+fast"], { parameters: { window_secs: 900 } })
      assert.deepStrictEqual(external["weather"]?.fields, { temperature: "float", storm: "bool" })
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})
