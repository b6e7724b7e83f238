import { Either, Option, Schema } from "effect"
import type { FieldProblem } from "../../domain/problems.js"
import { decodeMessage, type MessageType, messageType, type VenueMessage } from "./messages.js"

/** A message that could not be read. */
export interface RefusedMessage {
  /** `undefined` where not even this is known */
  readonly type: MessageType | undefined
  readonly problem: FieldProblem
  /** ids of tokens and markets that it names, as far as can be seen: what it said of them is lost */
  readonly about: ReadonlyArray<string>
}

/** What one frame holds. */
export interface Frame {
  readonly messages: ReadonlyArray<VenueMessage>
  readonly refused: ReadonlyArray<RefusedMessage>
  /** the types, in the venue's words, of messages that are not known here */
  readonly unknown: ReadonlyArray<string>
}

/** More than the venue sends for the largest subscription that it accepts. */
const mostMessages = 10_000

const parse = Schema.decodeUnknownOption(Schema.parseJson())

const isObject = (input: unknown): input is object =>
  typeof input === "object" && input !== null && !Array.isArray(input)

/** Ids in a text that could not be parsed, or was cut off. */
export const idsIn = (text: string): ReadonlyArray<string> => text.match(/0x[0-9a-fA-F]{64}|\d{20,78}/gu) ?? []

const idsOf = (input: object): ReadonlyArray<string> => {
  const own = ["asset_id", "market"].map((key): unknown => Reflect.get(input, key))
  const changes: unknown = Reflect.get(input, "price_changes")
  const inner = Array.isArray(changes)
    ? changes.filter(isObject).map((change): unknown => Reflect.get(change, "asset_id"))
    : []
  return [...new Set([...own, ...inner].filter((id) => typeof id === "string"))]
}

const refuse = (problem: FieldProblem, about: ReadonlyArray<string>): Frame => ({
  messages: [],
  refused: [{ type: undefined, problem, about }],
  unknown: []
})

/** Reads a frame of JSON: one message, or an array of them, each for itself. */
export const readFrame = (text: string): Frame => {
  const parsed = parse(text)
  if (Option.isNone(parsed)) {
    return refuse({ field: "(frame)", expected: "JSON", actual: text, hint: undefined }, idsIn(text))
  }
  const inputs: ReadonlyArray<unknown> = Array.isArray(parsed.value) ? parsed.value : [parsed.value]
  if (inputs.length > mostMessages) {
    const expected = `at most ${mostMessages} messages`
    return refuse({ field: "(frame)", expected, actual: inputs.length, hint: undefined }, [])
  }
  const messages: Array<VenueMessage> = []
  const refused: Array<RefusedMessage> = []
  const unknown: Array<string> = []
  for (const input of inputs) {
    if (!isObject(input)) {
      const problem = { field: "(message)", expected: "a JSON object", actual: input, hint: undefined }
      refused.push({ type: undefined, problem, about: [] })
      continue
    }
    const type = messageType(input)
    if (typeof type === "object") {
      unknown.push(type.unknown)
      continue
    }
    const decoded = decodeMessage(type, input)
    if (Either.isRight(decoded)) messages.push(decoded.right)
    else refused.push({ type, problem: decoded.left, about: idsOf(input) })
  }
  return { messages, refused, unknown }
}
