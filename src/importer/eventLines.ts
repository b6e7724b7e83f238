import { Either } from "effect"
import type { TimedEvent } from "../domain/Event.js"
import { decodeEventLine } from "../domain/EventLine.js"
import type { Block } from "./LineBlocks.js"
import { type Parsed, type Refusal, wholeLine } from "./Parsed.js"

const parseJson = (text: string) => Either.try((): unknown => JSON.parse(text))

/** Reads lines of NDJSON as events. Blank lines are skipped; a line may end in CRLF. */
export const readEvents = ({ firstLine, refused, text }: Block): Parsed => {
  const events: Array<TimedEvent> = []
  const problems: Array<Refusal> = [...refused]
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return
    const decoded = Either.match(parseJson(line), {
      onLeft: () =>
        Either.left({ field: wholeLine, expected: "one JSON object a line", actual: line.trim(), hint: undefined }),
      onRight: decodeEventLine
    })
    if (Either.isRight(decoded)) events.push(decoded.right)
    else problems.push({ line: firstLine + index, problem: decoded.left, text: line.replace(/\r$/u, "") })
  })
  if (refused.length > 0) problems.sort((a, b) => a.line - b.line)
  return { batch: { kind: "events", events }, refused: problems }
}
