import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { plainText } from "../../src/news/plainText.js"

describe("plain text", () => {
  const cases: ReadonlyArray<readonly [html: string, text: string]> = [
    ["", ""],
    ["no markup at all", "no markup at all"],
    ["<p>One</p><p>Two</p>", "One Two"],
    ["a<br>b<br/>c", "a b c"],
    ["S<b>en</b>ate p<em>ass</em>es", "Senate passes"],
    ["<a href=\"http://x/?a=1&b=2\">link</a>ed", "linked"],
    ["fish &amp; chips &#8217;&nbsp;&lt;now&gt;", "fish & chips \u2019 <now>"],
    ["1 < 2 and 3 > 2", "1 < 2 and 3 > 2"],
    ["a<!-- <b>hidden</b> -->b", "a b"],
    ["a<script>if (1 < 2) alert(\"x\")</script>b", "a b"],
    ["a<STYLE>p { color: red }</STYLE>b", "a b"],
    ["a<script>never closed", "a"],
    ["a<![CDATA[b]]>c", "a c"],
    ["  many\n\n\tspaces \u00a0 ", "many spaces"],
    ["cut off <a href=", "cut off <a href="],
    ["\u0130stanbul <script>x</script>wins", "\u0130stanbul wins"]
  ]
  for (const [html, text] of cases) {
    it(JSON.stringify(html), () => assert.strictEqual(plainText(html), text))
  }

  it("of text without markup is the text, spaces folded", () => {
    fc.assert(fc.property(fc.string(), (text) => {
      fc.pre(!/[<&]/u.test(text))
      assert.strictEqual(plainText(text), text.replace(/\s+/gu, " ").trim())
    }))
  })

  it("takes time in proportion to the length, whatever the input is", () => {
    for (
      const part of ["<", "< ", "<a", "<!--", "<script>", "</script", "&", "&amp;", ">", "<a>", "<script></script>"]
    ) {
      plainText(part.repeat(1_000_000 / part.length))
      plainText(`${part.repeat(1_000_000 / part.length)}>`)
    }
  })
})
