import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { feedDocuments, feedText, parseFeedDate } from "../../src/news/feedDocuments.js"
import { rss } from "./feeds.js"

const documents = (text: string) => Either.getOrThrowWith(feedDocuments("wire", text), (problem) => problem)
const instant = Date.UTC(2026, 10, 22, 20, 0, 1)

describe("a feed", () => {
  it("in RSS", () => {
    const more = "<description><![CDATA[<p>The <b>Sen</b>ate &amp; House</p>]]></description>" +
      "<link>http://n/1</link><pubDate>Sun, 22 Nov 2026 20:00:01 GMT</pubDate>"
    assert.deepStrictEqual<unknown>(documents(rss(["g1", "Bill &amp;amp; vote", more])), [{
      source: "wire",
      id: "g1",
      text: "Bill & vote\nThe Senate & House",
      publishedAt: instant,
      url: "http://n/1"
    }])
  })

  it("in Atom", () => {
    const entry = "<entry><id>tag:n,1</id><title type=\"html\">A &lt;i&gt;title&lt;/i&gt;</title>" +
      "<link rel=\"self\" href=\"http://n/self\"/><link href=\"http://n/1\"/>" +
      "<published>2026-11-22T21:00:01+01:00</published><updated>2026-11-23T00:00:00Z</updated>" +
      "<content type=\"html\">&lt;p&gt;Body&lt;/p&gt;</content></entry>"
    const feed = `<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>t</title>${entry}</feed>`
    assert.deepStrictEqual<unknown>(documents(feed), [{
      source: "wire",
      id: "tag:n,1",
      text: "A title\nBody",
      publishedAt: instant,
      url: "http://n/1"
    }])
  })

  it("in RDF and in JSON", () => {
    const rdf =
      "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\"" +
      " xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel rdf:about=\"http://n\"><title>t</title></channel>" +
      "<item rdf:about=\"http://n/1\"><title>A title</title><link>http://n/1</link>" +
      "<dc:date>2026-11-22T20:00:01Z</dc:date></item></rdf:RDF>"
    const json = JSON.stringify({
      version: "https://jsonfeed.org/version/1.1",
      title: "t",
      items: [{ id: "http://n/1", url: "http://n/1", title: "A title", date_published: "2026-11-22T20:00:01Z" }]
    })
    for (const feed of [rdf, json]) {
      assert.deepStrictEqual<unknown>(documents(feed), [
        { source: "wire", id: "http://n/1", text: "A title", publishedAt: instant, url: "http://n/1" }
      ])
    }
  })

  it("names its documents by guid, else link, else by what they say", () => {
    const item = (inner: string) => documents(rss().replace("</channel>", `<item>${inner}</item></channel>`))[0]
    assert.strictEqual(item("<title>x</title><link> http://n/1 </link>")?.id, "http://n/1")
    assert.match(item("<title>x</title>")?.id ?? "", /^sha256:[0-9a-f]{64}$/u)
    assert.notStrictEqual(item("<title>x</title>")?.id, item("<title>y</title>")?.id)
    assert.match(item(`<guid>${"g".repeat(1_025)}</guid><title>x</title>`)?.id ?? "", /^sha256:/u)
    assert.strictEqual(item("<guid>g</guid><title>x</title><link>javascript:alert(1)</link>")?.url, undefined)
  })

  it("leaves out what says nothing, and cuts what says too much", () => {
    const long = documents(rss(["1", "<b></b>"], ["2", "x".repeat(200_000)]))
    assert.deepStrictEqual(long.map(({ id, text }) => [id, text.length]), [["2", 100_000]])
  })

  it("that is none is refused", () => {
    for (const text of ["", "<html><body>404</body></html>", "{}", "[]", "null", "not a feed"]) {
      assert.strictEqual(
        Either.getOrThrow(Either.flip(feedDocuments("wire", text))),
        "this is no RSS, Atom, RDF or JSON feed"
      )
    }
    assert.isTrue(Either.isLeft(feedDocuments("wire", `<rss><channel>${"<a>".repeat(100_000)}</channel></rss>`)))
  })

  it("of any bytes at all breaks nothing", () => {
    const whole = rss(["g1", "Bill", "<description>x</description>"], ["g2", "Vote"])
    fc.assert(fc.property(fc.nat(whole.length), fc.nat(20), fc.string(), (at, count, text) => {
      feedDocuments("wire", whole.slice(0, at) + text + whole.slice(at + count))
    }))
    feedDocuments("wire", "<!DOCTYPE x [<!ENTITY a \"&b;&b;\"><!ENTITY b \"&a;&a;\">]>" + whole.replace("Bill", "&a;"))
    assert.notProperty({}, "polluted")
    feedDocuments("wire", rss(["g", "t", "<__proto__><polluted>1</polluted></__proto__>"]))
    assert.notProperty({}, "polluted")
  })
})

describe("a feed's date", () => {
  it("has a zone, or is none", () => {
    for (
      const text of [
        "Sun, 22 Nov 2026 20:00:01 GMT",
        "22 Nov 2026 15:00:01 EST",
        "Sun, 22 Nov 2026 21:00:01 +0100",
        " 2026-11-22T20:00:01Z ",
        "2026-11-22 20:00:01+00"
      ]
    ) assert.strictEqual<number | undefined>(parseFeedDate(text), instant, text)
    for (
      const text of [undefined, "", "yesterday", "Sun, 22 Nov 2026 20:00:01", "2026-11-22", "22 Nov 1850 00:00:00 GMT"]
    ) {
      assert.strictEqual(parseFeedDate(text), undefined, text)
    }
  })
})

describe("a feed's text", () => {
  const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))

  it("is read by the encoding of its header, else of its first line, else as UTF-8", () => {
    assert.strictEqual(feedText(bytes("caf\u00e9"), "text/xml; charset=ISO-8859-1"), "caf\u00e9")
    const declared = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>caf\u00e9"
    assert.strictEqual(feedText(bytes(declared), "text/xml"), declared)
    assert.strictEqual(feedText(new TextEncoder().encode("\ufeffcaf\u00e9"), undefined), "caf\u00e9")
    assert.strictEqual(feedText(new TextEncoder().encode("caf\u00e9"), "text/xml; charset=nonsense"), "caf\u00e9")
  })
})
