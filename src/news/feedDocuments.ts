import { Either, Option } from "effect"
import { type AnyFeed, DetectError, parseFeed } from "feedsmith"
import { Instant, isInstant, parseIso } from "../domain/Instant.js"
import { type Document, documentOf, type Report } from "./Document.js"

/** Entries of one poll that are looked at: the newest come first. */
const mostEntries = 1_000

/** RFC 822 with its zone said; without one a date would be taken for this machine's. */
const zoned = /^[A-Za-z0-9 ,:]+ (?:GMT|UTC?|Z|[ECMP][SD]T|[+-]\d{4})$/u

/** The instant of a feed's date, in ISO 8601 or RFC 822 with a zone. */
export const parseFeedDate = (text: string | undefined): Instant | undefined => {
  const trimmed = text?.trim() ?? ""
  const iso = parseIso(trimmed)
  if (Option.isSome(iso)) return iso.value
  const millis = zoned.test(trimmed) ? Date.parse(trimmed) : NaN
  return isInstant(millis) ? Instant(millis) : undefined
}

type Entry = Omit<Report, "source">

const entriesOf = ({ feed, format }: AnyFeed): ReadonlyArray<Entry> => {
  switch (format) {
    case "rss":
      return (feed.items ?? []).map(({ content, dc, description, guid, link, pubDate, title }) => ({
        id: guid?.value,
        title,
        summary: description ?? content?.encoded,
        url: link,
        publishedAt: parseFeedDate(pubDate ?? dc?.dates?.[0])
      }))
    case "atom":
      return (feed.entries ?? []).map(({ content, id, links, published, summary, title, updated }) => ({
        id,
        title: title?.value,
        summary: summary?.value ?? content?.value,
        url: links?.find(({ rel }) => rel === undefined || rel === "alternate")?.href,
        publishedAt: parseFeedDate(published ?? updated)
      }))
    case "rdf":
      return (feed.items ?? []).map(({ content, dc, description, link, rdf, title }) => ({
        id: rdf?.about,
        title,
        summary: description ?? content?.encoded,
        url: link,
        publishedAt: parseFeedDate(dc?.dates?.[0])
      }))
    case "json":
      return (feed.items ?? []).map(({ content_html, content_text, date_published, id, summary, title, url }) => ({
        id,
        title,
        summary: summary ?? content_text ?? content_html,
        url,
        publishedAt: parseFeedDate(date_published)
      }))
  }
}

/** The documents of a feed in RSS, Atom, RDF or JSON; entries that say nothing are left out. Or why it is none. */
export const feedDocuments = (source: string, text: string): Either.Either<ReadonlyArray<Document>, string> =>
  Either.try({
    try: () => parseFeed(text, { maxItems: mostEntries }),
    catch: (error) => error instanceof DetectError ? "this is no RSS, Atom, RDF or JSON feed" : "the feed is broken"
  }).pipe(Either.map((feed) => entriesOf(feed).flatMap((entry) => documentOf({ source, ...entry }) ?? [])))

/** The text of a feed, by the encoding that its header or its own first line names; UTF-8 where neither does. */
export const feedText = (body: Uint8Array, contentType: string | undefined): string => {
  const declared = /charset="?([\w.:-]{1,40})/iu.exec(contentType ?? "")?.[1] ??
    /^[^>]{0,100}encoding=["']([\w.:-]{1,40})/iu.exec(new TextDecoder("latin1").decode(body.subarray(0, 200)))?.[1]
  const known = Either.try(() => new TextDecoder(declared))
  return Either.getOrElse(known, () => new TextDecoder()).decode(body)
}
