import * as AiError from "@effect/ai/AiError"
import * as LanguageModel from "@effect/ai/LanguageModel"
import type * as Prompt from "@effect/ai/Prompt"
import type * as Response from "@effect/ai/Response"
import * as Tool from "@effect/ai/Tool"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { Effect, type Redacted, Schema, Stream } from "effect"
import type { ModelSettings } from "./settings.js"

const module = "chatCompletions"

const Reply = Schema.Struct({
  choices: Schema.NonEmptyArray(Schema.Struct({
    message: Schema.Struct({ content: Schema.optionalWith(Schema.String, { nullable: true, default: () => "" }) })
  })),
  usage: Schema.optionalWith(
    Schema.Struct({ prompt_tokens: Schema.Finite, completion_tokens: Schema.Finite }),
    { nullable: true }
  )
})

/** The texts of a prompt; tools, files and what assistants said have no place in what is asked here. */
const messagesOf = ({ content }: Prompt.Prompt) =>
  content.flatMap((message): ReadonlyArray<{ readonly role: "system" | "user"; readonly content: string }> =>
    message.role === "system"
      ? [{ role: message.role, content: message.content }]
      : message.role === "user"
      ? [{ role: message.role, content: message.content.map((part) => part.type === "text" ? part.text : "").join("") }]
      : []
  )

const formatOf = (format: LanguageModel.ProviderOptions["responseFormat"], { structuredOutput }: ModelSettings) => {
  if (format.type === "text") return {}
  return structuredOutput === "json_object" ? { response_format: { type: "json_object" } } : {
    response_format: {
      type: "json_schema",
      json_schema: {
        name: format.objectName,
        strict: true,
        schema: Tool.getJsonSchemaFromSchemaAst(format.schema.ast)
      }
    }
  }
}

const partsOf = ({ choices, usage }: typeof Reply.Type): Array<Response.PartEncoded> => [
  { type: "text", text: choices[0].message.content },
  {
    type: "finish",
    reason: "unknown",
    usage: {
      inputTokens: usage?.prompt_tokens,
      outputTokens: usage?.completion_tokens,
      totalTokens: usage === undefined ? undefined : usage.prompt_tokens + usage.completion_tokens
    }
  }
]

/**
 * A language model behind `POST {base}/chat/completions`, the protocol that every OpenAI-compatible host speaks. OpenAI's
 * own client in `@effect/ai-openai` speaks `/responses` only, which most of them lack, and wants fields of OpenAI's.
 */
export const make = (model: ModelSettings, baseUrl: string, apiKey: Redacted.Redacted | undefined) =>
  Effect.flatMap(HttpClient.HttpClient, (http) => {
    const client = HttpClient.filterStatusOk(http)
    const generateText = ({ prompt, responseFormat }: LanguageModel.ProviderOptions) => {
      const body = {
        model: model.model,
        messages: messagesOf(prompt),
        max_tokens: model.maxOutputTokens,
        ...(model.temperature === undefined ? {} : { temperature: model.temperature }),
        ...formatOf(responseFormat, model)
      }
      const request = HttpClientRequest.post(`${baseUrl}/chat/completions`, { body: HttpBody.unsafeJson(body) }).pipe(
        HttpClientRequest.acceptJson,
        (bare) => apiKey === undefined ? bare : HttpClientRequest.bearerToken(bare, apiKey)
      )
      return client.execute(request).pipe(
        Effect.flatMap(HttpClientResponse.schemaBodyJson(Reply)),
        Effect.map(partsOf),
        Effect.scoped,
        Effect.catchTags({
          RequestError: (error) =>
            Effect.fail(AiError.HttpRequestError.fromRequestError({ module, method: "generateText", error })),
          ResponseError: (error) =>
            AiError.HttpResponseError.fromResponseError({ module, method: "generateText", error }),
          ParseError: (error) =>
            Effect.fail(AiError.MalformedOutput.fromParseError({ module, method: "generateText", error }))
        })
      )
    }
    return LanguageModel.make({
      generateText,
      streamText: () =>
        Stream.fail(
          new AiError.MalformedInput({ module, method: "streamText", description: "answers are asked for as a whole" })
        )
    })
  })
