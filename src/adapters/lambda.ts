import { ConfigError } from '../errors.js'
import type { HeaderFields, Reply, WebhookEndpoint, WebhookRequest } from '../types.js'
import { checkReceiver } from './_options.js'
import { paramsOf } from './_params.js'

type Fields = Readonly<Record<string, string | undefined>>
type Lists = Readonly<Record<string, readonly string[] | undefined>>

/** What API Gateway (payload 1.0 and 2.0), a function URL or a load balancer hands over. */
export interface LambdaEvent {
  readonly httpMethod?: string | undefined
  readonly path?: string | undefined
  readonly rawPath?: string | undefined
  readonly rawQueryString?: string | undefined
  readonly headers?: Fields | null | undefined
  readonly multiValueHeaders?: Lists | null | undefined
  readonly queryStringParameters?: Fields | null | undefined
  readonly multiValueQueryStringParameters?: Lists | null | undefined
  readonly pathParameters?: Fields | null | undefined
  readonly body?: string | null | undefined
  readonly isBase64Encoded?: boolean | undefined
  readonly requestContext?:
    | {
        readonly path?: string | undefined
        readonly http?: { readonly method?: string | undefined } | undefined
        readonly elb?: unknown
      }
    | undefined
}
/** Understood by all four; the lists are there where the event had lists, since a load balancer then reads only those. */
export interface LambdaResult {
  statusCode: number
  headers: Record<string, string>
  multiValueHeaders?: Record<string, string[]>
  body: string
  isBase64Encoded: boolean
}

const FIX = `Lambda: something parsed event.body before the handler. Middy: leave httpJsonBodyParser out,
  export const handler = middy(lambdaHandler(receiver))
API Gateway: a Lambda proxy integration, without a mapping template`

/**
 * A receiver as Lambda handler: `export const handler = lambdaHandler(receiver)`, behind API Gateway (REST and HTTP APIs), a function
 * URL or an Application Load Balancer.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function lambdaHandler(receiver: WebhookEndpoint): (event: LambdaEvent) => Promise<LambdaResult> {
  checkReceiver(receiver, 'lambdaHandler')
  return async function hookproofHandler(event) {
    const reply = await receiver.receive({
      method: event.requestContext?.http?.method ?? event.httpMethod ?? '',
      url: urlOf(event),
      headers: (event.multiValueHeaders ?? event.headers ?? {}) as HeaderFields, // `get` would be a header of that name
      params: paramsOf(event.pathParameters),
      body: bodyOf(event),
    })
    return resultOf(reply, event)
  }
}

function bodyOf({ body, isBase64Encoded }: LambdaEvent): WebhookRequest['body'] {
  const given: unknown = body ?? ''
  if (typeof given === 'string') return Buffer.from(given, isBase64Encoded === true ? 'base64' : 'utf8')
  return () => {
    throw new ConfigError('ERR_BODY_CONSUMED', { detail: FIX })
  }
}

function urlOf(event: LambdaEvent): string {
  if (event.rawPath !== undefined) return withQuery(event.rawPath, event.rawQueryString ?? '')
  const { multiValueQueryStringParameters: lists, queryStringParameters: fields, requestContext } = event
  // A load balancer leaves the escapes in, a gateway takes them out.
  const encode = requestContext?.elb === undefined ? encodeURIComponent : (text: string): string => text
  const pairs = Object.entries(lists ?? fields ?? {}).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${encode(name)}=${encode(one)}`),
  )
  // The path that the client called: `event.path` lacks the stage.
  return withQuery(requestContext?.path ?? event.path ?? '/', pairs.join('&'))
}

function withQuery(path: string, query: string): string {
  return query === '' ? path : `${path}?${query}`
}

function resultOf({ status, headers, body }: Reply, event: LambdaEvent): LambdaResult {
  const text = typeof body === 'string'
  const result = {
    statusCode: status,
    headers: { ...headers },
    body: text ? body : Buffer.from(body).toString('base64'),
    isBase64Encoded: !text,
  }
  if (event.multiValueHeaders === undefined || event.multiValueHeaders === null) return result
  const lists = Object.entries(headers).map(([name, value]): [string, string[]] => [name, [value]])
  return { ...result, multiValueHeaders: Object.fromEntries(lists) }
}
