import type { PlatformError } from "@effect/platform/Error"
import { Schema } from "effect"

/** A file cannot be read, or what belongs beside it cannot be written; nothing of it was kept. */
export class SourceFailure extends Schema.TaggedError<SourceFailure>()("SourceFailure", {
  file: Schema.String,
  operation: Schema.Literal("read", "write"),
  /** `no such file` */
  reason: Schema.String,
  /** what to do about it, where that is known */
  hint: Schema.UndefinedOr(Schema.String),
  cause: Schema.Defect
}) {
  override get message(): string {
    return `cannot ${this.operation} ${this.file}: ${this.reason}` + (this.hint === undefined ? "" : `\n${this.hint}`)
  }
}

const reasons: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  NotFound: ["no such file", "check the path"],
  PermissionDenied: ["permission denied", "check who may access it"],
  Busy: ["it is busy", "try again"]
}

/** Names the file on which the file system failed. */
export const sourceFailure =
  (file: string, operation: "read" | "write" = "read") => (error: PlatformError): SourceFailure => {
    const known = error._tag === "SystemError" ? reasons[error.reason] : undefined
    return new SourceFailure({
      file,
      operation,
      reason: known?.[0] ?? error.description ?? error.message,
      hint: known?.[1],
      cause: error
    })
  }
