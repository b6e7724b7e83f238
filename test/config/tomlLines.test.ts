import { assert, describe, it } from "@effect/vitest"
import { lineFinder } from "../../src/config/tomlLines.js"

const source = `# [a]
top = 1

[a]   # comment
x = "[b]"
y.z = [
  1,
  2
]
text = """
[not.a.header]
x = 3
"""
inline = { p = 1, q = { r = 2 } }
wide = {
  subtract = 1,
  'sub' = 2
}
[a.b."c.d"]
"e f" = 1
[[list]]
k = 1
`

describe("the line of a key path", () => {
  it.each([
    [["top"], 2],
    [["a"], 4],
    [["a", "x"], 5],
    [["a", "y", "z"], 6],
    [["a", "y", "z", 1], 6],
    [["a", "text"], 10],
    [["a", "inline", "q", "r"], 14],
    [["a", "wide"], 15],
    [["a", "wide", "sub"], 17],
    [["a", "b"], 19],
    [["a", "b", "c.d", "e f"], 20],
    [["list"], 21]
  ])("%j is %i", (path, line) => {
    assert.strictEqual(lineFinder(source)(path), line)
    assert.strictEqual(lineFinder(source.replaceAll("\n", "\r\n"))(path), line)
  })

  it("is that of the nearest ancestor where the key is not given", () => {
    assert.strictEqual(lineFinder(source)(["a", "inline", "missing", "deeper"]), 14)
  })

  it("is unknown where no part of the path is given", () => {
    assert.isUndefined(lineFinder(source)(["b", "x"]))
    assert.isUndefined(lineFinder("")(["a"]))
  })
})
