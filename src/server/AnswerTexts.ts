import type { GroupAnswer, Status } from "../features/FeatureVector.js"
import type { Group } from "../features/Group.js"

/** How a feature of an answer is written while it has a status, and what ends each of them. */
export interface AnswerWriter {
  readonly write: (answer: GroupAnswer, index: number, status: Status) => string
  readonly end: (answer: GroupAnswer, group: Group<unknown>) => string
}

/** What was written of one answer, by feature: it is served again and again, and only ages and statuses move on. */
export class AnswerTexts {
  readonly #statuses: Array<Status> = []
  readonly #texts: Array<string> = []
  readonly end: string

  constructor(readonly answer: GroupAnswer, group: Group<unknown>, readonly writer: AnswerWriter) {
    this.end = writer.end(answer, group)
  }

  at(index: number, status: Status): string {
    if (this.#statuses[index] !== status) {
      this.#statuses[index] = status
      this.#texts[index] = this.writer.write(this.answer, index, status)
    }
    return this.#texts[index] ?? ""
  }
}

/** Texts are remembered for as long as their answer lives, which the cache bounds. */
export const answerTexts = (writer: AnswerWriter): (answer: GroupAnswer, group: Group<unknown>) => AnswerTexts => {
  const known = new WeakMap<GroupAnswer, AnswerTexts>()
  return (answer, group) => {
    const before = known.get(answer)
    if (before !== undefined) return before
    const texts = new AnswerTexts(answer, group, writer)
    known.set(answer, texts)
    return texts
  }
}

/** Parts as one text. Added up they would stay in parts, to be walked through each time that they are sent. */
export const joined = (...parts: ReadonlyArray<string>): string => parts.join("")
