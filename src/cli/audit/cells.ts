import type { EventPlace, Side } from "../../audit/difference.js"
import { formatInstant } from "../../domain/Instant.js"

/** A value or why there is none, with its age. */
export const shownSide = ({ age_ms, reason, value }: Side): string =>
  `${reason ?? String(value)}${age_ms === null ? "" : ` (${age_ms} ms)`}`

/** `quote 1234 of 2026-07-10T20:25:46.000Z`; nothing where no event is to blame. */
export const shownEvent = (event: EventPlace | null): string =>
  event === null ? "" : `${event.kind} ${event.sequence} of ${formatInstant(event.available_at)}`
