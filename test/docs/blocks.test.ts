import { assert, describe, it } from "vitest"
import { blocksOf, examplesOf, printsLines } from "./blocks.js"

const fence = "```"

describe("the blocks of a document", () => {
  it("come with their file, their line and the comment above them", () => {
    const text = [`${fence}sh`, "a", "", "b", fence, "", "<!-- why -->", `${fence}ts file=x/y.ts`, "c", fence].join(
      "\n"
    )
    assert.deepStrictEqual(blocksOf(text), [
      { language: "sh", file: undefined, text: "a\n\nb\n", line: 1, comment: undefined },
      { language: "ts", file: "x/y.ts", text: "c\n", line: 8, comment: "why" }
    ])
  })

  it("of docstrings are those below @example, without the margin", () => {
    const source = [
      "/**",
      " * Says.",
      " *",
      " * @example",
      ` * ${fence}ts`,
      " * a {",
      " *   b }",
      ` * ${fence}`,
      " */",
      "/** c */"
    ]
    assert.deepStrictEqual(examplesOf(source.join("\n")).map(({ text }) => text), ["a {\n  b }\n"])
    assert.deepStrictEqual(examplesOf(source.join("\n").replace("@example", "")), [])
  })
})

describe("what is said to be printed", () => {
  it("must be there, line by line, but for what dots stand for", () => {
    const printed = "a (1)\nb 2 c\nd\ne"
    for (const shown of ["a (1)\nb 2 c", "b … c\nd\n", "a …\n…\ne", "…1)", "d"]) {
      assert.isTrue(printsLines(printed, shown), shown)
    }
    for (const shown of ["a .1.", "b 3 c", "a …\nd", "(1)", "b 2", "e\n…\na …"]) {
      assert.isFalse(printsLines(printed, shown), shown)
    }
  })
})
