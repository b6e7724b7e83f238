import { Effect } from "effect"

/**
 * The smallest count from 1 to `most` with which something differs, by doubling and halving: with one less it does not.
 * `undefined` where it does not differ with `most` either. (What differs only here and there may do so earlier, unseen.)
 */
export const firstDiffering = <E, R>(
  most: number,
  differs: (count: number) => Effect.Effect<boolean, E, R>
): Effect.Effect<number | undefined, E, R> =>
  Effect.gen(function*() {
    if (most < 1 || !(yield* differs(most))) return undefined
    let same = 0
    let other = 1
    while (other < most && !(yield* differs(other))) {
      same = other
      other = Math.min(most, other * 2)
    }
    while (other - same > 1) {
      const middle = (same + other) >>> 1
      if (yield* differs(middle)) other = middle
      else same = middle
    }
    return other
  })
