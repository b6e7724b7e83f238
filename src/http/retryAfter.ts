import { Option } from "effect"

/** A date of HTTP starts with the name of a day; only the form of asctime leaves its zone, GMT, unsaid. */
const dateForm = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s/u

/** Milliseconds to wait from `now` on, by a Retry-After header (RFC 9110, 10.2.3): an amount of seconds, or a date. */
export const parseRetryAfter = (header: string, now: number): Option.Option<number> => {
  const text = header.trim()
  if (/^\d{1,9}$/u.test(text)) return Option.some(Number(text) * 1000)
  const date = dateForm.test(text) ? Date.parse(text.endsWith("GMT") ? text : `${text} GMT`) : NaN
  return Number.isNaN(date) ? Option.none() : Option.some(Math.max(0, date - now))
}
