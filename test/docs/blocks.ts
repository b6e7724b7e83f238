/** A fenced block of a document, as it stands there. */
export interface Block {
  readonly language: string
  /** `file=...` behind the language: where a reader saves it */
  readonly file: string | undefined
  readonly text: string
  /** the line of its fence, from 1 */
  readonly line: number
  /** the comment right above it, which says how it is tested where that is not plain */
  readonly comment: string | undefined
}

const opening = /^```(\w*)(?: file=(\S+))?$/u
const remark = /^<!-- (.*) -->$/u

/** The fenced blocks of a Markdown document in their order. */
export const blocksOf = (markdown: string): ReadonlyArray<Block> => {
  const lines = markdown.split("\n")
  const blocks: Array<Block> = []
  for (let i = 0; i < lines.length; i++) {
    const [fence, language = "", file] = opening.exec(lines[i] ?? "") ?? []
    if (fence === undefined) continue
    const end = lines.indexOf("```", i + 1)
    const comment = remark.exec(lines[i - 1] ?? "")?.[1]
    blocks.push({ language, file, text: `${lines.slice(i + 1, end).join("\n")}\n`, line: i + 1, comment })
    i = end
  }
  return blocks
}

/** The blocks below `@example` in the docstrings of a source file. */
export const examplesOf = (source: string): ReadonlyArray<Block> =>
  [...source.matchAll(/\/\*\*.*?\*\//gsu)].flatMap(([docstring]) => {
    const [, example] = docstring.split("@example")
    return example === undefined ? [] : blocksOf(example.replace(/^ *\* ?/gmu, ""))
  })

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&")

/** Whether `printed` holds these lines one below the other; `…` is anything within a line, on a line of its own any lines. */
export const printsLines = (printed: string, expected: string): boolean => {
  const lines = expected.trimEnd().split("\n").map((line) =>
    line === "…" ? "(?:.*\n)*?" : `${line.split("…").map(escaped).join(".*")}\n`
  )
  return new RegExp(`^${lines.join("")}`, "mu").test(`${printed}\n`)
}
