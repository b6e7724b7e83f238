import { Either, FastCheck as fc } from "effect"
import { assert, describe, it } from "vitest"
import { type ComputedGroup, groupId } from "../../src/features/Group.js"
import { type Column, resolveReferences } from "../../src/features/reference.js"
import type { MarketViews } from "../../src/state/views.js"
import { standardRegistry } from "../support/evaluate.js"

type Group = ComputedGroup<MarketViews>

const [template] = standardRegistry.computed

const groupOf = (
  name: string,
  version: string,
  isDefault: boolean,
  enabled: boolean,
  features: ReadonlyArray<string>
) => {
  if (template === undefined) return assert.fail("no standard group")
  const group: Group = {
    ...template,
    id: groupId(name, version),
    name,
    version,
    isDefault,
    enabled,
    features: features.map((feature, index) => ({ name: feature, index, unit: "", description: "", needs: [] }))
  }
  return group
}

// few names, so that groups share features, and a feature is called like a group or like a piece of a version
const featureNames = ["spread", "mid", "book", "0", "fast"]
const groupNames = ["book", "price", "spread"]
const versions = ["1.0", "1.0+fast", "1.0.0", "2", "1"]

const registries = fc.tuple(
  ...groupNames.map((name) =>
    fc.tuple(
      fc.subarray(versions, { minLength: 0 }),
      fc.nat(),
      fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
      fc.array(fc.subarray(featureNames, { minLength: 1 }), { minLength: versions.length, maxLength: versions.length })
    ).map(([of, chosen, enabled, features]) =>
      of.map((version, i) => groupOf(name, version, i === chosen % of.length, enabled, features[i] ?? []))
    )
  )
).map((all) => all.flat())

const part = fc.constantFrom(...featureNames, ...groupNames, ...versions, "Book", "spreed", "", " ", "constructor")
const references = fc.oneof(
  part,
  fc.tuple(part, part).map(([a, b]) => `${a}.${b}`),
  fc.tuple(part, part).map(([a, b]) => `${a}@${b}`),
  fc.tuple(part, part, part).map(([a, b, c]) => `${a}@${b}.${c}`),
  fc.tuple(part, part).map(([a, b]) => ` ${a}.${b}\t`),
  fc.string({ maxLength: 12 })
)

/** Every reference that means something, with what it means: key and group of each feature. */
const dictionary = (groups: ReadonlyArray<Group>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const all = new Map<string, ReadonlyArray<string>>()
  const add = (reference: string, meaning: ReadonlyArray<string>) => {
    if (!all.has(reference)) all.set(reference, meaning)
  }
  const served = groups.filter((group) => group.enabled)
  const defaults = served.filter((group) => group.isDefault)
  const meaning = (prefix: string, group: Group, feature: string) => `${prefix}.${feature} of ${group.id}`
  const whole = (prefix: string, group: Group) => group.features.map((feature) => meaning(prefix, group, feature.name))
  for (const group of served) add(group.id, whole(group.id, group))
  for (const group of defaults) add(group.name, whole(group.name, group))
  for (const group of served) {
    for (const { name } of group.features) {
      // of two readings of `g@1.0.0` as version and feature, the longer version is meant
      const rivals = served.filter((other) =>
        other.name === group.name && other.version.length > group.version.length &&
        `${group.version}.${name}`.startsWith(`${other.version}.`)
      )
      if (rivals.length === 0) add(`${group.id}.${name}`, [meaning(group.id, group, name)])
      if (group.isDefault) add(`${group.name}.${name}`, [meaning(group.name, group, name)])
      const owners = defaults.filter((other) => other.features.some((feature) => feature.name === name))
      if (group.isDefault && owners.length === 1) add(name, [meaning(group.name, group, name)])
    }
  }
  return all
}

const shown = (columns: ReadonlyArray<Column<MarketViews>>) =>
  columns.map(({ feature, group, key }) => {
    assert.strictEqual(group.features[feature.index], feature)
    return `${key} of ${group.id}`
  })

const resolved = (groups: ReadonlyArray<Group>, ...of: ReadonlyArray<string>) =>
  Either.match(resolveReferences(groups, of), {
    onLeft: (error) => ({ message: error.message, candidates: error.candidates }),
    onRight: shown
  })

describe("a reference", () => {
  it("means what it says or is refused: never another version, group or feature", () => {
    fc.assert(
      fc.property(registries, references, (groups, reference) => {
        const found = resolveReferences(groups, [reference])
        const meant = dictionary(groups).get(reference.trim())
        if (meant === undefined) {
          const error = Either.getOrThrow(Either.flip(found))
          assert.strictEqual(error.reference, reference.trim())
          const known = new Set([...dictionary(groups).keys()])
          for (const candidate of error.candidates) assert.isTrue(known.has(candidate), candidate)
        } else {
          assert.deepStrictEqual(shown(Either.getOrThrow(found)), meant)
        }
      }),
      { numRuns: 5_000 }
    )
  })

  it("of several is answered in order, each key once", () => {
    fc.assert(fc.property(registries, fc.array(references, { minLength: 1, maxLength: 4 }), (groups, some) => {
      const meanings = some.map((reference) => dictionary(groups).get(reference.trim()))
      const found = resolveReferences(groups, some)
      const first = meanings.indexOf(undefined)
      if (first >= 0) {
        assert.strictEqual(Either.getOrThrow(Either.flip(found)).reference, some[first]?.trim())
      } else {
        assert.deepStrictEqual(
          Either.map(found, shown),
          Either.right([...new Set(meanings.flatMap((one) => one ?? []))])
        )
      }
    }))
  })

  const groups = [
    groupOf("book", "1.0", true, true, ["spread", "mid"]),
    groupOf("book", "1.0+fast", false, true, ["spread", "mid"]),
    groupOf("price", "2.1", true, true, ["spread", "drift"]),
    groupOf("news", "1.0", true, false, ["score"])
  ]

  it("that several groups could mean lists them", () => {
    assert.deepStrictEqual(resolved(groups, "spread"), {
      message: "feature reference \"spread\": several groups have this feature; candidates: book.spread, price.spread",
      candidates: ["book.spread", "price.spread"]
    })
    assert.deepStrictEqual(resolved(groups, "drift"), ["price.drift of price@2.1"])
  })

  it("to what is not there says so, with what is", () => {
    assert.deepStrictEqual(resolved(groups, "book@2.0"), {
      message: "feature reference \"book@2.0\": group book has no such version; candidates: book@1.0, book@1.0+fast",
      candidates: ["book@1.0", "book@1.0+fast"]
    })
    assert.deepStrictEqual(resolved(groups, "book.spred"), {
      message: "feature reference \"book.spred\": group book@1.0 has no feature \"spred\" (did you mean spread?); " +
        "candidates: book.spread, book.mid",
      candidates: ["book.spread", "book.mid"]
    })
    assert.deepStrictEqual(resolved(groups, "book@1.0+fast.drift"), {
      message: "feature reference \"book@1.0+fast.drift\": group book@1.0+fast has no feature \"drift\"; " +
        "candidates: book@1.0+fast.spread, book@1.0+fast.mid",
      candidates: ["book@1.0+fast.spread", "book@1.0+fast.mid"]
    })
    assert.deepStrictEqual(resolved(groups, "prices"), {
      message: "feature reference \"prices\": there is no group or feature of this name (did you mean price?); " +
        "candidates: book, price",
      candidates: ["book", "price"]
    })
    assert.deepStrictEqual(resolved(groups, "news"), {
      message: "feature reference \"news\": there is no group or feature of this name; candidates: book, price",
      candidates: ["book", "price"]
    })
    assert.deepStrictEqual(resolved(groups, "weather@1"), {
      message: "feature reference \"weather@1\": there is no group \"weather\"; " +
        "candidates: book@1.0, book@1.0+fast, price@2.1",
      candidates: ["book@1.0", "book@1.0+fast", "price@2.1"]
    })
    assert.deepStrictEqual(resolved(groups), {
      message: "feature reference \"\": no feature was asked for; candidates: book, price",
      candidates: ["book", "price"]
    })
  })

  it("is shown in part where it is long", () => {
    const found = resolveReferences(groups, ["x".repeat(100_000)])
    assert.isAtMost(Either.getOrThrow(Either.flip(found)).message.length, 400)
  })
})
