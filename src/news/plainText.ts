import { decodeHTML } from "entities"

/** Elements whose content is no text of the page, with what ends them. */
const unread: ReadonlyMap<string, RegExp> = new Map(
  ["script", "style", "template", "noscript", "iframe", "svg"].map((name) => [name, new RegExp(`</${name}`, "giu")])
)

/** Elements within a word or sentence; all others part words. */
const inline: ReadonlySet<string> = new Set(
  "a abbr b bdi bdo cite code del em font i ins kbd mark q s small span strong sub sup time u var wbr".split(" ")
)

/** What may follow the `<` of a tag, a comment or a declaration. Any other `<` is one of the text. */
const tag = /(?:\/?([a-z][a-z0-9-]{0,31})|[!?/])/iuy

/** Where the content of an element ends that begins at `from`. */
const endOf = (closing: RegExp, html: string, from: number): number => {
  closing.lastIndex = from
  return closing.exec(html)?.index ?? html.length
}

/** The text of HTML, or of plain text: tags, comments, scripts and styles taken out, references decoded, spaces folded. */
export const plainText = (html: string): string => {
  const parts: Array<string> = []
  let at = 0
  for (let open = html.indexOf("<"); open >= 0; open = html.indexOf("<", at)) {
    tag.lastIndex = open + 1
    const match = tag.exec(html)
    if (match === null) {
      parts.push(html.slice(at, open + 1))
      at = open + 1
      continue
    }
    const isComment = html.startsWith("<!--", open)
    const close = isComment ? html.indexOf("-->", open + 4) : html.indexOf(">", open + 1)
    if (close < 0) break
    const name = match[1]?.toLowerCase() ?? ""
    parts.push(html.slice(at, open), inline.has(name) ? "" : " ")
    at = close + (isComment ? 3 : 1)
    const closing = html[open + 1] === "/" ? undefined : unread.get(name)
    if (closing !== undefined) at = endOf(closing, html, at)
  }
  parts.push(html.slice(at))
  return decodeHTML(parts.join("")).replace(/\s+/gu, " ").trim()
}
