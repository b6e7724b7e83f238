import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, Option, Schema } from "effect"

const Manifest = Schema.parseJson(Schema.Struct({ name: Schema.String, version: Schema.String }))

/** Where this package stands on disk, and its version. */
export interface PackageInfo {
  readonly root: string
  readonly version: string
}

const manifestIn = (folder: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const text = yield* fs.readFileString(path.join(folder, "package.json"))
    const { name, version } = yield* Schema.decode(Manifest)(text)
    return name === "@polysniper/feature-store" ? Option.some({ root: folder, version }) : Option.none()
  }).pipe(Effect.orElseSucceed(() => Option.none<PackageInfo>()))

/** Looks upwards from this file, be it the source, the bundle or the emitted module; `none` where it was moved away. */
export const packageInfo = Effect.gen(function*() {
  const path = yield* Path.Path
  const here = yield* path.fromFileUrl(new URL(import.meta.url)).pipe(Effect.orElseSucceed(() => ""))
  for (let folder = path.dirname(here); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const found = yield* manifestIn(folder)
    if (Option.isSome(found)) return found
  }
  return Option.none<PackageInfo>()
})
