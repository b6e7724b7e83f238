import { Buffer, isUtf8 } from "node:buffer"
import { longestLine, type Refusal, wholeLine } from "./Parsed.js"

/** Some whole lines of a file. */
export interface Block {
  /** each line ends in a newline, except perhaps the file's last */
  readonly text: string
  /** the number of its first line, from 1 */
  readonly firstLine: number
  /** lines that are no text at all; in `text` they are empty, so that the numbers of the others hold */
  readonly refused: ReadonlyArray<Refusal>
}

const newline = 0x0a

/** Bytes gathered before they are handed on. */
const blockBytes = 262_144

/** Characters kept of a line that is refused for its length. */
const shownBytes = 200

const countLines = (bytes: Uint8Array): number => {
  let lines = 0
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++
  return lines
}

const refusal = (line: number, expected: string, text: string): Refusal => ({
  line,
  problem: { field: wholeLine, expected, actual: text, hint: undefined },
  text
})

/** Turns bytes that arrive in any portions into blocks of lines. It holds one block and one unfinished line. */
export class LineBlocks {
  /** whole lines */
  #ready: Array<Uint8Array> = []
  #readyBytes = 0
  /** the unfinished line */
  #tail: Array<Uint8Array> = []
  #tailBytes = 0
  #nextLine = 1
  #started = false

  push(bytes: Uint8Array): ReadonlyArray<Block> {
    const first = bytes.indexOf(newline)
    const isLong = this.#tailBytes + (first < 0 ? bytes.length : first) > longestLine
    if (first < 0) {
      // of a line that is refused anyway only the start is kept
      if (!isLong) this.#tail.push(bytes)
      this.#tailBytes += bytes.length
      return []
    }
    const blocks = isLong ? [...this.#take(), this.#refuseTail()] : []
    const last = bytes.lastIndexOf(newline) + 1
    const lines = bytes.subarray(isLong ? first + 1 : 0, last)
    this.#ready.push(...this.#tail, lines)
    this.#readyBytes += this.#tailBytes + lines.length
    this.#tail = last < bytes.length ? [bytes.subarray(last)] : []
    this.#tailBytes = bytes.length - last
    return this.#readyBytes < blockBytes ? blocks : [...blocks, ...this.#take()]
  }

  /** What is left at the end of the file. */
  finish(): ReadonlyArray<Block> {
    if (this.#tailBytes > longestLine) return [...this.#take(), this.#refuseTail()]
    this.#ready.push(...this.#tail)
    return this.#take()
  }

  #refuseTail(): Block {
    const start = Buffer.concat(this.#tail).subarray(0, shownBytes).toString("utf8")
    this.#tail = []
    this.#tailBytes = 0
    const firstLine = this.#nextLine++
    const expected = `a line of at most ${longestLine / 1024 / 1024} MiB`
    return { text: "\n", firstLine, refused: [refusal(firstLine, expected, start)] }
  }

  #take(): ReadonlyArray<Block> {
    const joined = Buffer.concat(this.#ready)
    const isMarked = !this.#started && joined[0] === 0xef && joined[1] === 0xbb && joined[2] === 0xbf
    const bytes = isMarked ? joined.subarray(3) : joined
    this.#ready = []
    this.#readyBytes = 0
    if (bytes.length === 0) return []
    this.#started = true
    const firstLine = this.#nextLine
    this.#nextLine += countLines(bytes)
    return [isUtf8(bytes) ? { text: bytes.toString("utf8"), firstLine, refused: [] } : withoutBadText(bytes, firstLine)]
  }
}

const withoutBadText = (bytes: Buffer, firstLine: number): Block => {
  const kept: Array<string> = []
  const refused: Array<Refusal> = []
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(newline, from)
    const line = bytes.subarray(from, end < 0 ? bytes.length : end)
    if (!isUtf8(line)) refused.push(refusal(firstLine + kept.length, "UTF-8 text", line.toString("utf8")))
    kept.push(isUtf8(line) ? line.toString("utf8") : "")
    from += line.length + 1
  }
  return { text: `${kept.join("\n")}\n`, firstLine, refused }
}
