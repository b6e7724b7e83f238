import { Either } from "effect"
import type { TimedEvent } from "../../src/domain/Event.js"
import { decodeEventLine } from "../../src/domain/EventLine.js"
import { showProblem } from "../../src/domain/problems.js"
import { scoreText } from "../../src/domain/scorer.js"
import type { EventBody, NaiveEvent } from "./naive/index.js"

const lineOf = (line: EventBody) => {
  if (line.type !== "news") return line
  const { score: _, ...document } = line
  return document
}

/** A generated line as it is imported, or published at its available_at. */
export const timedOf = (line: EventBody): TimedEvent =>
  Either.getOrThrowWith(decodeEventLine(lineOf(line)), (problem) => new Error(showProblem(problem)))

const keyOf = (line: EventBody) =>
  line.type === "news" ? JSON.stringify([line.market, line.source, line.id]) : undefined

/**
 * The lines as a log that takes them in this order has them, for the naive reference: repeated documents left out, the
 * rest numbered from `first` and documents scored.
 */
export const recorded = (lines: ReadonlyArray<EventBody>, first = 1): ReadonlyArray<NaiveEvent> => {
  const seen = new Set<string>()
  return lines.filter((line) => {
    const key = keyOf(line)
    if (key === undefined) return true
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  }).map((line, index) => ({
    ...(line.type === "news" ? { ...line, score: scoreText(line.text) } : line),
    sequence: first + index
  }))
}
