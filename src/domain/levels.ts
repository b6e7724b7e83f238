import type { BookSide, RawLevels } from "./Event.js"

/**
 * Brings one side of a book into the only order used inside: worst price first, best price last, each price once, no
 * empty level. Levels at the touch change most, and at the end of an array a change moves the fewest others. The
 * venue's own order is never trusted.
 */
export const normaliseLevels = (levels: RawLevels, side: BookSide): RawLevels => {
  const sign = side === "bid" ? 1 : -1
  const sorted = levels.filter((level) => level[1] > 0).sort((a, b) => sign * (a[0] - b[0]))
  const merged: Array<readonly [number, number]> = []
  for (const level of sorted) {
    const last = merged.at(-1)
    if (last !== undefined && last[0] === level[0]) merged[merged.length - 1] = [last[0], last[1] + level[1]]
    else merged.push(level)
  }
  return merged
}
