import { assert, describe, it } from "vitest"
import { ask, on } from "../support/ask.js"
import { opening } from "../support/histories.js"

// the opening is 2026-03-29T12:00:00Z, a Sunday
const minutes = (count: number) => opening + count * 60_000

describe("the calendar and the schedule", () => {
  it("are in UTC, and known of any market", () => {
    const clock = (at: number) => [ask([], "temporal.hour_of_day", at), ask([], "temporal.day_of_week", at)]
    assert.deepStrictEqual([opening, minutes(720) - 1, minutes(720)].map(clock), [[12, 7], [23, 7], [0, 1]])
    assert.deepStrictEqual(clock(Date.UTC(1971, 0, 1)), [0, 5])
    assert.deepStrictEqual(clock(Date.UTC(2099, 11, 31, 23, 59, 59, 999)), [23, 4])
  })

  it("count to the scheduled end and from the start, and prefer the date of resolution", () => {
    const lines = [
      on(opening, {
        type: "market",
        question: "",
        start_date: "2026-03-29T14:00:01.500+02:00",
        end_date: minutes(1),
        resolution_date: "2026-03-29T12:02:00Z"
      }),
      on(minutes(5), { type: "market", question: "", end_date: minutes(7) }),
      on(minutes(6), { type: "market", question: "" })
    ]
    const at = (instant: number) => [
      ask(lines, "temporal.time_to_resolution", instant),
      ask(lines, "temporal.market_age", instant)
    ]
    assert.deepStrictEqual(at(opening), [120, "not_started"])
    assert.deepStrictEqual(at(opening + 1499), [118.501, "not_started"])
    assert.deepStrictEqual(at(opening + 1500), [118.5, 0])
    assert.deepStrictEqual(at(minutes(3)), [0, 178.5])
    assert.deepStrictEqual(at(minutes(5)), [120, "no_start_date"])
    assert.deepStrictEqual(at(minutes(6)), ["no_end_date", "no_start_date"])
  })
})
