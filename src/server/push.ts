import { Effect, Either } from "effect"
import { MarketClock } from "../context/MarketClock.js"
import type { Group } from "../features/Group.js"
import { checkExternal } from "../store/externalGroups.js"
import { type ExternalRow, FeatureRepository } from "../store/FeatureRepository.js"
import { bodyDecoder } from "./decode.js"
import { PushRequest } from "./documents.js"
import { Problem } from "./Problem.js"
import { problemOfFailure } from "./reads.js"

/** More errors than this are not listed. */
const mostErrors = 20

/** `POST /push`: stores values of external groups, all or none; values that do not fit are named by their places. */
export const makePush = <R>(groups: ReadonlyArray<Group<R>>, maxDepth: number) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    const clock = yield* MarketClock
    const external = groups.flatMap((group) => group.kind === "external" ? [group] : [])
    const readPush = bodyDecoder(PushRequest, maxDepth)
    return (body: string) =>
      Effect.gen(function*() {
        const request = yield* readPush(body)
        const now = yield* clock.now
        const rows: Array<ExternalRow> = []
        const errors: Array<{ readonly field: string; readonly expected: string }> = []
        request.features.forEach(({ available_at, feature, market, timestamp, value, version }, index) => {
          const given = { feature, version, timestamp, value, availableAt: available_at ?? now }
          const checked = checkExternal(external, market, given, now)
          if (Either.isRight(checked)) rows.push(checked.right)
          else if (errors.length < mostErrors) {
            errors.push({ field: `features[${index}].${checked.left.field}`, expected: checked.left.expected })
          }
        })
        const [first] = errors
        if (first !== undefined) {
          const detail = `${first.field}: expected ${first.expected}; nothing was stored`
          return yield* new Problem({ kind: "invalid_request", detail, errors })
        }
        yield* Effect.catchAll(repository.storeExternal(rows), problemOfFailure)
        return { stored: rows.length }
      })
  })
