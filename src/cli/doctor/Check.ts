import type { Colors } from "../terminal/Output.js"
import { table } from "../terminal/table.js"

/** One thing looked at. */
export interface Check {
  readonly check: string
  readonly status: "ok" | "warn" | "fail"
  readonly detail: string
  /** what to do about it */
  readonly hint: string | null
}

export const ok = (check: string, detail: string): Check => ({ check, status: "ok", detail, hint: null })
export const warn = (check: string, detail: string, hint: string): Check => ({ check, status: "warn", detail, hint })
export const fail = (check: string, detail: string, hint: string): Check => ({ check, status: "fail", detail, hint })

/** `ok` where the condition holds, else a failure. */
export const demand = (check: string, holds: boolean, detail: string, hint: string): Check =>
  holds ? ok(check, detail) : fail(check, detail, hint)

const marked = (colors: Colors, status: Check["status"]): string => {
  switch (status) {
    case "ok":
      return colors.green("ok")
    case "warn":
      return colors.yellow("warn")
    case "fail":
      return colors.red("FAIL")
  }
}

export const renderChecks = (checks: ReadonlyArray<Check>) => (colors: Colors): string => {
  const hints = checks.filter(({ hint }) => hint !== null)
  return [
    table(
      colors,
      { head: ["check", "", "found"] },
      checks.map(({ check, detail, status }) => [check, marked(colors, status), detail])
    ),
    ...hints.length === 0 ? [] : [""],
    ...hints.map(({ check, hint, status }) => `${marked(colors, status)} ${check}: ${hint ?? ""}`)
  ].join("\n")
}
