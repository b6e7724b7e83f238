import Table from "cli-table3"
import type { Colors } from "./Output.js"

const noBorders = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  "
}

type Align = "left" | "right"

/** Columns by their heads; an empty head stands for a column that needs none. */
export interface Columns {
  readonly head: ReadonlyArray<string>
  readonly align?: ReadonlyArray<Align>
}

/** Rows under heads, aligned, without borders. Cells may hold colours, but no line ends. */
export const table = (
  { bold }: Pick<Colors, "bold">,
  { align = [], head }: Columns,
  rows: ReadonlyArray<ReadonlyArray<string>>
): string => {
  const drawn = new Table({
    head: head.every((name) => name === "") ? [] : head.map((name) => bold(name)),
    colAligns: head.map((_, index) => align[index] ?? "left"),
    chars: noBorders,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true }
  })
  for (const row of rows) drawn.push([...row])
  return drawn.toString().split("\n").map((line) => line.trimEnd()).join("\n")
}

/** Every line of a text moved to the right. */
export const indented = (text: string, by = "  "): string =>
  text.split("\n").map((line) => line === "" ? line : `${by}${line}`).join("\n")
