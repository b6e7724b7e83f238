import { assert, describe, it } from "vitest"
import { isMarketId } from "../../src/domain/MarketId.js"

describe("a market id", () => {
  it("is anything printable of 1 to 256 characters without outer spaces", () => {
    const good = [
      "m",
      "0xabc",
      "will it rain in Łódź?",
      "…",
      "a:b/c@d",
      "😀".repeat(256),
      "constructor",
      "__proto__",
      "-1"
    ]
    for (const id of good) assert.isTrue(isMarketId(id), id)
    const controls = ["\n", "\r", "\t", "\u0000", "\u001b", "\u007f", "\u0085", "\u2028", "\u2029", "\ud800", "\udc00"]
    const bad = [
      "",
      " ",
      " m",
      "m ",
      "\u00a0m",
      "\ufeffm",
      "m".repeat(257),
      "😀".repeat(257),
      ...controls.map((c) => `a${c}b`)
    ]
    for (const id of bad) assert.isFalse(isMarketId(id), JSON.stringify(id))
    for (const id of [undefined, null, 1, ["m"], {}]) assert.isFalse(isMarketId(id))
  })
})
