/** Text from data, safe on a terminal: control characters are shown, not obeyed. */
export const visible = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** `161,656` */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",")

/** `1 market`, `60 markets` */
export const counted = (value: number, singular: string, plural = `${singular}s`): string =>
  `${count(value)} ${value === 1 ? singular : plural}`

const units = ["B", "kB", "MB", "GB", "TB"] as const

/** `1.3 MB`, in powers of 1000 */
export const bytes = (value: number): string => {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${power === 0 ? value : (value / 1000 ** power).toFixed(1)} ${units[power] ?? "B"}`
}

const spans = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000]] as const

/** `12 ms`, `3.4 s`, `5 min 2 s`, `3 d 4 h` */
export const duration = (millis: number): string => {
  if (millis < 0) return `-${duration(-millis)}`
  if (millis < 1000) return `${Math.round(millis)} ms`
  if (millis < 60_000) return `${Number((millis / 1000).toFixed(1))} s`
  const at = spans.findIndex(([, size]) => millis >= size)
  return spans.slice(at, at + 2).map(([unit, size], index) => {
    const whole = Math.floor((index === 0 ? millis : millis % (spans[at]?.[1] ?? size)) / size)
    return index === 1 && whole === 0 ? "" : `${whole} ${unit}`
  }).join(" ").trim()
}

/** `3.25 s`: how long something took */
export const took = (millis: number): string => `${(millis / 1000).toFixed(millis < 10_000 ? 2 : 1)} s`

/** The first digits of a fingerprint, enough to tell them apart by eye. */
export const short = (fingerprint: string): string => fingerprint.replace(/^sha256:/, "").slice(0, 12)
