import { Effect, Either } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { standardComputers } from "../../src/computers/standard.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { configOf } from "../config/configOf.js"
import { mutatedBytes } from "../support/mutated.js"
import { type Campaign, type Draw, noting, rounds } from "./Campaign.js"

const files = 200

/** As no refusal may show it. */
const secret = "hunter2-canary"

const variables = [
  "FEATURE_STORE_ENABLED",
  "FEATURE_STORE_CACHE_TTL_SECS",
  "FEATURE_STORE_DB_PATH",
  "FEATURE_STORE_FEATURES_ORDERBOOK_LEVELS",
  "FEATURE_STORE_SERVER_PORT",
  "FEATURE_STORE_NOTHING",
  "FEATURE_STORE___PROTO__"
] as const
const values = ["", "true", "1", "-1", "1e999", "nan", "__proto__", secret] as const

const environmentOf = (draw: Draw) =>
  Object.fromEntries(Array.from({ length: draw.below(3) }, () => [draw.one(variables), draw.one(values)]))

/** The shipped file: changed in a few bytes, with lines in another order, or with a secret for a value. */
const sourceOf = (draw: Draw, shipped: string): string => {
  const lines = shipped.split("\n")
  switch (draw.below(3)) {
    case 0:
      return mutatedBytes(draw.random, Buffer.from(shipped)).toString()
    case 1: {
      for (let i = draw.below(6); i >= 0; i--) {
        lines.splice(draw.below(lines.length), draw.below(3), draw.one(lineOf(lines, draw)))
      }
      return lines.join("\n")
    }
    default:
      return lines.map((line) => draw.below(30) === 0 ? line.replace(/=.*/u, `= "${secret}"`) : line).join("\n")
  }
}

const lineOf = (lines: ReadonlyArray<string>, draw: Draw): readonly [string, ...ReadonlyArray<string>] => [
  lines[draw.below(lines.length)] ?? "",
  "[feature_store.__proto__]",
  "[[feature_store]]",
  `x = "${secret}"`,
  `${"a.".repeat(draw.below(200))}b = 1`
]

export const fuzzConfig: Campaign = {
  name: "fuzz-config",
  what: "configuration files and variables, torn and mixed; taken, or refused by line and key without the value",
  rounds: rounds(10),
  meets: ["taken", "refused"],
  prepare: Effect.sync(() => {
    const shipped = readFileSync(join(import.meta.dirname, "../config/feature_store.toml"), "utf8")
    return noting((notes, draw) =>
      Effect.gen(function*() {
        for (let i = 0; i < files; i++) {
          const loaded = yield* Effect.either(configOf(sourceOf(draw, shipped), environmentOf(draw)))
          notes.tried++
          if (Either.isRight(loaded)) {
            notes.meet("taken")
            const registry = yield* Effect.either(FeatureRegistry.make(standardComputers, loaded.right))
            if (Either.isLeft(registry)) notes.meet("refused by the registry")
          } else {
            notes.meet("refused")
            const { message, problems } = loaded.left
            notes.demand(
              problems.length > 0 && problems.every(({ expected, where }) => where !== "" && expected !== ""),
              () => `file ${i}: refused without a place or expectation: ${message}`
            )
            notes.demand(!message.includes(secret), () => `file ${i}: the refusal shows the value: ${message}`)
          }
        }
        notes.demand(Object.keys(Object.prototype).length === 0, () => "all objects have been given a key")
      })
    )
  })
}
