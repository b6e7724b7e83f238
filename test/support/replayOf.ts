import { Either } from "effect"
import type { AppendedBody, PlacedEvent } from "../../src/domain/columnsOf.js"
import { columnsOf } from "../../src/domain/columnsOf.js"
import { eventKinds } from "../../src/domain/Event.js"
import type { EventColumns } from "../../src/domain/EventColumns.js"
import { decodeEventLine } from "../../src/domain/EventLine.js"
import { showProblem } from "../../src/domain/problems.js"
import { scorer } from "../../src/domain/scorer.js"
import { Replay } from "../../src/state/Replay.js"
import type { NaiveEvent } from "./naive/index.js"

/** The event as a line of a file has it: without what the log adds. */
const lineOf = ({ sequence: _sequence, ...line }: NaiveEvent) => {
  if (line.type !== "news") return { line, score: 0 }
  const { score, ...document } = line
  return { line: document, score }
}

/** The event as the log holds it, read as a line of a file is read. */
export const placed = (event: NaiveEvent): PlacedEvent => {
  const { line, score } = lineOf(event)
  const { availableAt, event: decoded } = Either.getOrThrowWith(
    decodeEventLine(line),
    (problem) => new Error(showProblem(problem))
  )
  const body: AppendedBody = decoded.body.kind === "news"
    ? { kind: "news", document: { ...decoded.body.document, score, scorer } }
    : decoded.body
  return {
    sequence: event.sequence,
    availableAt,
    eventTime: decoded.eventTime ?? availableAt,
    source: decoded.source,
    body
  }
}

/** What the log keeps of these events: of the same news only the copy that was appended first. */
const appended = (events: ReadonlyArray<NaiveEvent>): ReadonlyArray<NaiveEvent> => {
  const first = new Map<string, number>()
  const keyOf = (event: NaiveEvent) =>
    event.type === "news" ? JSON.stringify([event.market, event.source, event.id]) : undefined
  for (const event of events) {
    const key = keyOf(event)
    if (key !== undefined) first.set(key, Math.min(first.get(key) ?? Infinity, event.sequence))
  }
  return events.filter((event) => {
    const key = keyOf(event)
    return key === undefined || first.get(key) === event.sequence
  })
}

/** In the log's order: by (availableAt, sequence). */
export const inLogOrder = (events: ReadonlyArray<PlacedEvent>): ReadonlyArray<PlacedEvent> =>
  [...events].sort((a, b) => a.availableAt - b.availableAt || a.sequence - b.sequence)

/** One entry a kind; the order in which the events are given does not matter. */
export const columnsFor = (events: ReadonlyArray<PlacedEvent>): ReadonlyArray<EventColumns> => {
  const sorted = inLogOrder(events)
  return eventKinds.map((kind) => columnsOf(kind, sorted.filter((event) => event.body.kind === kind)))
}

/** The market's events as the log would hold them. */
export const placedOf = (events: ReadonlyArray<NaiveEvent>, market: string): ReadonlyArray<PlacedEvent> =>
  appended(events).filter((event) => event.market === market).map(placed)

export const replayOf = (events: ReadonlyArray<NaiveEvent>, market: string): Replay =>
  new Replay(columnsFor(placedOf(events, market)))
