import * as HttpApi from "@effect/platform/HttpApi"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpMethod from "@effect/platform/HttpMethod"
import { Context } from "effect"
import { Access, AnyContentType } from "./api.js"
import type { Scope } from "./tokens.js"

/** A route as it is looked up. */
export interface Route {
  /** of the endpoint in the definition */
  readonly name: string
  readonly method: string
  /** `/features/{market}`: how documents and metrics name it */
  readonly template: string
  readonly access: Scope
  readonly hasBody: boolean
  readonly anyContentType: boolean
}

/** The routes of a path, by method, with its decoded parameters. */
export interface FoundPath {
  readonly routes: ReadonlyMap<string, Route>
  readonly params: Readonly<Record<string, string>>
}

const templateOf = (path: string): string => path.replace(/:(\w+)/gu, "{$1}")

/** The routes of a definition. */
export const routesOf = <Id extends string, Groups extends HttpApiGroup.HttpApiGroup.Any, E, R>(
  api: HttpApi.HttpApi<Id, Groups, E, R>
): ReadonlyArray<Route> => {
  const routes: Array<Route> = []
  HttpApi.reflect(api, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint }) => {
      routes.push({
        name: endpoint.name,
        method: endpoint.method,
        template: templateOf(endpoint.path),
        access: Context.get(endpoint.annotations, Access),
        hasBody: HttpMethod.hasBody(endpoint.method),
        anyContentType: Context.get(endpoint.annotations, AnyContentType)
      })
    }
  })
  return routes
}

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

interface Path {
  readonly segments: ReadonlyArray<string>
  readonly routes: Map<string, Route>
}

const parameterOf = (segment: string): string | undefined => /^\{(.*)\}$/u.exec(segment)?.[1]

/** Finds the routes of a path as it is written in a request; `undefined` where there is none. */
export const finder = (routes: ReadonlyArray<Route>): (path: string) => FoundPath | "malformed" | undefined => {
  const fixed = new Map<string, FoundPath>()
  const open = new Map<string, Path>()
  for (const route of routes) {
    const { template } = route
    const known = fixed.get(template)?.routes ?? open.get(template)?.routes ?? []
    const ofPath = new Map([...known, [route.method, route] as const])
    if (template.includes("{")) open.set(template, { segments: template.split("/"), routes: ofPath })
    else fixed.set(template, { routes: ofPath, params: {} })
  }
  const paths = [...open.values()]
  return (path) => {
    const known = fixed.get(path)
    if (known !== undefined) return known
    const segments = path.split("/")
    const found = paths.find((one) =>
      one.segments.length === segments.length &&
      one.segments.every((segment, i) =>
        parameterOf(segment) === undefined ? segment === segments[i] : segments[i] !== ""
      )
    )
    if (found === undefined) return undefined
    const params: Record<string, string> = {}
    for (const [i, segment] of found.segments.entries()) {
      const name = parameterOf(segment)
      if (name === undefined) continue
      const value = decoded(segments[i] ?? "")
      if (value === undefined) return "malformed"
      params[name] = value
    }
    return { routes: found.routes, params }
  }
}
