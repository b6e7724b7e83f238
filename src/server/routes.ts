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

/** A path with parameters: `literals[i]` is what its segment `i` has to be, `undefined` where that is a parameter. */
interface OpenPath {
  readonly literals: ReadonlyArray<string | undefined>
  readonly names: ReadonlyArray<readonly [segment: number, name: string]>
  readonly routes: ReadonlyMap<string, Route>
}

const parameterOf = (segment: string): string | undefined => /^\{(.*)\}$/u.exec(segment)?.[1]

const openPath = (template: string, routes: ReadonlyMap<string, Route>): OpenPath => {
  const segments = template.split("/")
  return {
    literals: segments.map((segment) => parameterOf(segment) === undefined ? segment : undefined),
    names: segments.flatMap((segment, i) => {
      const name = parameterOf(segment)
      return name === undefined ? [] : [[i, name] as const]
    }),
    routes
  }
}

const fits = ({ literals }: OpenPath, segments: ReadonlyArray<string>): boolean => {
  if (literals.length !== segments.length) return false
  for (let i = 0; i < segments.length; i++) {
    // a parameter is anything but nothing
    if (literals[i] === undefined ? segments[i] === "" : literals[i] !== segments[i]) return false
  }
  return true
}

/** Finds the routes of a path as it is written in a request; `undefined` where there is none. */
export const finder = (routes: ReadonlyArray<Route>): (path: string) => FoundPath | "malformed" | undefined => {
  const byTemplate = new Map<string, Map<string, Route>>()
  for (const route of routes) {
    const ofPath = byTemplate.get(route.template) ?? new Map<string, Route>()
    byTemplate.set(route.template, ofPath.set(route.method, route))
  }
  const fixed = new Map<string, FoundPath>()
  const open: Array<OpenPath> = []
  for (const [template, ofPath] of byTemplate) {
    if (template.includes("{")) open.push(openPath(template, ofPath))
    else fixed.set(template, { routes: ofPath, params: {} })
  }
  return (path) => {
    const known = fixed.get(path)
    if (known !== undefined) return known
    const segments = path.split("/")
    for (const candidate of open) {
      if (!fits(candidate, segments)) continue
      const params: Record<string, string> = {}
      for (const [i, name] of candidate.names) {
        const value = decoded(segments[i] ?? "")
        if (value === undefined) return "malformed"
        params[name] = value
      }
      return { routes: candidate.routes, params }
    }
    return undefined
  }
}
