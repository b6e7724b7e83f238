import { FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { Growable } from "../../src/domain/Growable.js"

describe("a growing column", () => {
  it("holds what was pushed, in arrays of their own", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double(), { maxLength: 100, size: "max" }),
        fc.integer({ min: 1, max: 5 }),
        (all, capacity) => {
          const column = new Growable(capacity)
          for (const value of all) column.push(value)
          const before = column.toArray()
          assert.deepStrictEqual([...before], all)
          assert.strictEqual(column.length, all.length)
          column.push(1)
          assert.deepStrictEqual([...before], all)
          assert.strictEqual(column.toArray()[all.length], 1)
        }
      )
    )
  })
})
