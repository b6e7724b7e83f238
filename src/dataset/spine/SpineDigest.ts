import { Buffer } from "node:buffer"
import { createHash, type Hash } from "node:crypto"
import { canonicalJson, hashOf } from "../../features/fingerprint.js"
import type { Cell, Column } from "../columns.js"
import type { Manifest } from "../Manifest.js"
import type { SpineBlock } from "./Spine.js"

/** A cell as text that tells its type where cells of one column may differ in it: `"1"` is text, `1` is a number. */
const cellText = (cell: Cell): string => typeof cell === "string" ? JSON.stringify(cell) : String(cell)

/**
 * sha256 over a spine as parsed, column by column, so that it depends neither on the format of the file nor on how it was
 * read: the key alone is one spine from CSV and Parquet, while other columns count with their types.
 */
export class SpineDigest {
  readonly #markets = createHash("sha256")
  readonly #timestamps = createHash("sha256")
  readonly #carried = new Map<string, Hash>()
  #rows = 0

  /** `names` are those of the block's carried columns; a column may come in late, and was null before. */
  add(names: ReadonlyArray<string>, { carried, markets, timestamps }: SpineBlock): void {
    // no id holds a line break
    this.#markets.update(`${markets.join("\n")}\n`)
    const times = Buffer.alloc(timestamps.length * 8)
    for (let row = 0; row < timestamps.length; row++) times.writeDoubleLE(timestamps[row] ?? NaN, row * 8)
    this.#timestamps.update(times)
    for (const [index, name] of names.entries()) {
      const cells = carried[index] ?? []
      if (cells.length === 0) continue
      const hash = this.#carried.get(name) ?? createHash("sha256").update("null\n".repeat(this.#rows))
      this.#carried.set(name, hash)
      hash.update(`${cells.map(cellText).join("\n")}\n`)
    }
    this.#rows += markets.length
  }

  finish(columns: ReadonlyArray<Column>): Manifest["spine"] {
    return hashOf(canonicalJson({
      market: this.#markets.digest("hex"),
      timestamp: this.#timestamps.digest("hex"),
      carried: columns.map(({ name, type }) => [name, type, this.#carried.get(name)?.digest("hex") ?? null])
    }))
  }
}
