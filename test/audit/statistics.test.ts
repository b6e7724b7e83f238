import { DuckDBInstance } from "@duckdb/node-api"
import { FastCheck as fc } from "effect"
import { assert, beforeAll, describe, it } from "vitest"
import { kolmogorovSmirnov } from "../../src/audit/kolmogorovSmirnov.js"
import { populationStability } from "../../src/audit/populationStability.js"
import { seeded } from "../../src/audit/random.js"

/** Continuous, discrete, constant, and with values that repeat. */
const samples = fc.oneof(
  fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 60 }),
  fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 60 }),
  fc.tuple(fc.constantFrom(0, 0.25), fc.integer({ min: 1, max: 30 })).map(([value, count]) =>
    Array.from({ length: count }, () => value)
  )
)

const ascending = (values: ReadonlyArray<number>) => Float64Array.from(values).sort()

let query: (sql: string) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>

beforeAll(async () => {
  const connection = await (await DuckDBInstance.create()).connect()
  query = async (sql) => (await connection.runAndReadAll(sql)).getRows()
})

const table = (values: ReadonlyArray<number>) =>
  `(VALUES ${values.map((value) => `(${value}::DOUBLE)`).join(", ")}) t(v)`

/** The index by another program: a value's bin is the number of ends that it lies beyond. */
const indexBySql = (reference: ReadonlyArray<number>, period: ReadonlyArray<number>) => `
  WITH r AS (SELECT v FROM ${table(reference)}), p AS (SELECT v FROM ${table(period)}),
  d AS (SELECT unnest(quantile_disc(v, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])) AS v FROM r),
  ends AS (SELECT v, count(*) > 1 AS atom FROM d GROUP BY v),
  bins AS (SELECT unnest(range(0, (SELECT 1 + count(*) + count(*) FILTER (atom) FROM ends)::BIGINT)) AS bin),
  both_sides AS (SELECT 0 AS side, v FROM r UNION ALL SELECT 1, v FROM p),
  placed AS (SELECT side, (SELECT count(*) FILTER (b.v > e.v) + count(*) FILTER (atom AND b.v >= e.v) FROM ends e) AS bin
    FROM both_sides b),
  shares AS (SELECT bin, side, (0.5 + (SELECT count(*) FROM placed q WHERE q.bin = bins.bin AND q.side = s.side))
    / ((SELECT count(*) FROM placed q WHERE q.side = s.side) + 0.5 * (SELECT count(*) FROM bins)) AS share
    FROM bins, (SELECT unnest([0, 1]) AS side) s)
  SELECT sum((a.share - e.share) * ln(a.share / e.share)) FROM shares a JOIN shares e USING (bin)
  WHERE a.side = 1 AND e.side = 0`

describe("the population stability index", () => {
  it("is what a database makes of the same samples", async () => {
    for (const [reference, period] of fc.sample(fc.tuple(samples, samples), { numRuns: 60, seed: 4 })) {
      const [row] = await query(indexBySql(reference, period))
      const { psi } = populationStability(ascending(reference), ascending(period))
      assert.closeTo(psi, Number(row?.[0]), 1e-9 * Math.max(1, psi))
    }
  })

  it("is, worked by hand, of one value that moves", () => {
    // bins below, at and above 1: (0.5, 4.5, 0.5) / 5.5 and (0.5, 0.5, 4.5) / 5.5
    const { psi } = populationStability(ascending([1, 1, 1, 1]), ascending([2, 2, 2, 2]))
    assert.closeTo(psi, 2 * (4 / 5.5) * Math.log(9), 1e-12)
    const down = populationStability(ascending([1, 1, 1, 1]), ascending([0, 0, 0, 0]))
    assert.closeTo(down.psi, psi, 1e-12)
  })

  it("is 0 of a sample against itself, and never below", () => {
    fc.assert(fc.property(samples, samples, (a, b) => {
      assert.strictEqual(populationStability(ascending(a), ascending(a)).psi, 0)
      assert.isAtLeast(populationStability(ascending(a), ascending(b)).psi, 0)
    }))
  })

  it("exceeds what chance gives about once in a thousand, where nothing has changed", () => {
    const random = seeded(3)
    const uniform = (count: number) => Float64Array.from({ length: count }, random).sort()
    let exceeded = 0
    for (let pair = 0; pair < 2_000; pair++) {
      const { byChance, psi } = populationStability(uniform(300), uniform(500))
      if (psi > byChance) exceeded++
    }
    assert.isAbove(exceeded, 0)
    assert.isBelow(exceeded, 10)
  })
})

describe("the Kolmogorov-Smirnov test", () => {
  it("finds the distance that counting finds", () => {
    fc.assert(fc.property(samples, samples, (a, b) => {
      const upTo = (values: ReadonlyArray<number>, x: number) => values.filter((v) => v <= x).length / values.length
      const expected = Math.max(...[...a, ...b].map((x) => Math.abs(upTo(a, x) - upTo(b, x))))
      const { p_value, statistic } = kolmogorovSmirnov(ascending(a), ascending(b))
      assert.closeTo(statistic, expected, 1e-12)
      assert.isTrue(p_value >= 0 && p_value <= 1)
    }))
  })

  it("gives Kolmogorov's critical values their probabilities", () => {
    // sqrt(n m / (n + m)) = 1000 for n = m = 2,000,000; the correction adds 0.12011
    const n = 1_000_000
    for (const [critical, probability] of [[1.2238, 0.1], [1.3581, 0.05], [1.6276, 0.01]] as const) {
      const root = Math.sqrt(n / 2)
      const shift = Math.round(critical / (root + 0.12 + 0.11 / root) * n)
      const a = Float64Array.from({ length: n }, (_, i) => i)
      const { p_value, statistic } = kolmogorovSmirnov(a, a.map((value) => value + shift))
      assert.closeTo(statistic, shift / n, 1e-12)
      assert.closeTo(p_value, probability, probability / 500)
    }
  })

  it("is certain of what is the same, and of what has nothing in common", () => {
    const one = ascending(Array.from({ length: 100 }, (_, i) => i))
    assert.deepStrictEqual(kolmogorovSmirnov(one, one), { statistic: 0, p_value: 1 })
    const apart = kolmogorovSmirnov(one, one.map((value) => value + 1_000))
    assert.strictEqual(apart.statistic, 1)
    assert.isBelow(apart.p_value, 1e-20)
  })
})
