import { Instant } from "./Instant.js"

/** The first multiple of an interval, counted from the epoch, at or after an instant. */
export const firstMultiple = (at: number, intervalMillis: number): Instant =>
  Instant(Math.ceil(at / intervalMillis) * intervalMillis)
