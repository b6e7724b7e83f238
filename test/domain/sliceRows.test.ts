import { assert, describe, it } from "vitest"
import { selectRows } from "../../src/domain/mergeColumns.js"
import { sliceRows } from "../../src/domain/sliceRows.js"
import { probeColumns } from "../../src/features/probe.js"

describe("sliceRows", () => {
  it("gives the rows that picking them one by one gives, of every kind and from any row to any", () => {
    for (const columns of probeColumns()) {
      const last = columns.rows
      for (
        const [from, to] of [[0, last], [0, 0], [last, last], [0, 1], [1, last], [last >> 1, last], [last - 1, last]]
      ) {
        if (from === undefined || to === undefined || from > to) continue
        const picked = selectRows(columns, Array.from({ length: to - from }, (_, i) => from + i))
        assert.deepStrictEqual<unknown>(sliceRows(columns, from, to), picked, `${columns.kind} ${from} to ${to}`)
      }
    }
  })

  it("takes no memory of its own for numbers", () => {
    for (const columns of probeColumns()) {
      assert.strictEqual(sliceRows(columns, 0, columns.rows).availableAt.buffer, columns.availableAt.buffer)
    }
  })
})
