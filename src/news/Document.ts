import { createHash } from "node:crypto"
import type { NewsDocument } from "../domain/Event.js"
import type { Instant } from "../domain/Instant.js"
import { plainText } from "./plainText.js"

/** A document as a source gives it, before it is known which markets it is about. */
export interface Document extends Omit<NewsDocument, "score" | "scorer"> {
  readonly source: string
}

/** What a source says of a document; HTML or plain text, all of it the source's. */
export interface Report {
  readonly source: string
  readonly id: string | undefined
  readonly title: string | undefined
  readonly summary: string | undefined
  readonly url: string | undefined
  readonly publishedAt: Instant | undefined
}

/** What the log takes of a document, in characters. */
const [longestId, longestText, longestUrl] = [1_024, 100_000, 2_048]

const httpUrl = /^https?:\/\/\S+$/u

/** The start of a text, without half of a character at its end. */
const startOf = (text: string): string => text.slice(0, longestText).replace(/[\uD800-\uDBFF]$/u, "")

const hashOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`

const given = (text: string | undefined): string | undefined => text?.trim() === "" ? undefined : text?.trim()

/**
 * A document with plain text and an id of its own: what the source calls it, else where it is, else a hash of what it says.
 * None where it says nothing.
 */
export const documentOf = ({ id, publishedAt, source, summary, title, url }: Report): Document | undefined => {
  const text = startOf([title, summary].map((part) => plainText(part ?? "")).filter((part) => part !== "").join("\n"))
  if (text === "") return undefined
  const link = given(url)
  const name = given(id) ?? link
  return {
    source,
    id: name !== undefined && name.length <= longestId ? name : hashOf(name ?? text),
    text,
    publishedAt,
    url: link !== undefined && link.length <= longestUrl && httpUrl.test(link) ? link : undefined
  }
}
