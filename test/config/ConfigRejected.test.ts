import { assert, describe, it } from "@effect/vitest"
import { ConfigRejected } from "../../src/config/ConfigRejected.js"

describe("the message of a refused configuration", () => {
  it("has two lines for each problem", () => {
    const rejected = new ConfigRejected({
      problems: [
        { where: "fs.toml:3", keyPath: "feature_store.dbpath", expected: "one of a, b", hint: "did you mean a?" },
        { where: "FEATURE_STORE_X", keyPath: "", expected: "a variable named after a key", hint: null }
      ]
    })
    assert.strictEqual(
      rejected.message,
      `Configuration refused: 2 problems
  fs.toml:3: feature_store.dbpath
    expected one of a, b; did you mean a?
  FEATURE_STORE_X
    expected a variable named after a key`
    )
  })

  it("counts a single problem as one", () => {
    const problem = { where: "fs.toml:3:1", keyPath: "", expected: "valid TOML", hint: null }
    assert.match(new ConfigRejected({ problems: [problem] }).message, /^Configuration refused: 1 problem\n/)
  })
})
