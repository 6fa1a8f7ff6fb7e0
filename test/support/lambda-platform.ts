import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { LambdaEvent, LambdaResult } from '../../src/adapters/lambda.js'
import type { MountedAdapter } from '../../src/testing/adapter-contract.js'
import { listening, TENANT } from './adapter-servers.js'

type Shape = (req: IncomingMessage, body: Buffer) => LambdaEvent

const STAGE = '/hooks'

function urlOf(req: IncomingMessage): URL {
  return new URL(req.url ?? '/', 'http://localhost')
}

/** Field by field, as sent. */
function pairsOf(req: IncomingMessage): [name: string, value: string][] {
  const names = req.rawHeaders.filter((_, index) => index % 2 === 0)
  return names.map((name, index) => [name, req.rawHeaders[2 * index + 1] ?? ''])
}

function listsOf(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const lists: Record<string, string[]> = {}
  for (const [name, value] of pairs) lists[name] = [...(lists[name] ?? []), value]
  return lists
}

/** HTTP APIs and load balancers hand text types over as text, everything else in base64. */
function textOrBase64(req: IncomingMessage, body: Buffer): Pick<LambdaEvent, 'body' | 'isBase64Encoded'> {
  const text = /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded))/.test(
    req.headers['content-type'] ?? 'text/',
  )
  return { body: body.toString(text ? 'utf8' : 'base64'), isBase64Encoded: !text }
}

function withoutStage(path: string): string {
  return path.slice(STAGE.length)
}

/**
 * Events in the shapes that AWS documents, made from real requests by a small server in place of the platform.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 */
export const shapes: Readonly<Record<string, Shape>> = {
  'API Gateway, payload 1.0': (req, body) => {
    const { pathname, searchParams } = urlOf(req)
    const pairs = pairsOf(req)
    const query = [...searchParams]
    return {
      resource: '/{tenant}',
      path: withoutStage(pathname),
      httpMethod: req.method,
      headers: Object.fromEntries(pairs),
      multiValueHeaders: listsOf(pairs),
      queryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
      multiValueQueryStringParameters: query.length === 0 ? null : listsOf(query),
      pathParameters: { tenant: TENANT },
      stageVariables: null,
      requestContext: { path: pathname, stage: STAGE.slice(1), httpMethod: req.method, protocol: 'HTTP/1.1' },
      // With binaryMediaTypes */*.
      body: body.length === 0 ? null : body.toString('base64'),
      isBase64Encoded: body.length > 0,
    } as LambdaEvent
  },
  'API Gateway, payload 2.0': (req, body) => {
    const { pathname, search } = urlOf(req)
    const lists = Object.entries(listsOf(pairsOf(req).map(([name, value]) => [name.toLowerCase(), value])))
    return {
      version: '2.0',
      routeKey: 'ANY /{tenant}',
      rawPath: pathname,
      rawQueryString: search.slice(1),
      headers: Object.fromEntries(lists.map(([name, values]) => [name, values.join(',')])),
      pathParameters: { tenant: TENANT },
      requestContext: { stage: STAGE.slice(1), http: { method: req.method, path: pathname, protocol: 'HTTP/1.1' } },
      ...(body.length === 0 ? { isBase64Encoded: false } : textOrBase64(req, body)),
    } as LambdaEvent
  },
  'Function URL': (req, body) => {
    const { pathname, search } = urlOf(req)
    const lists = Object.entries(listsOf(pairsOf(req).map(([name, value]) => [name.toLowerCase(), value])))
    return {
      version: '2.0',
      routeKey: '$default',
      rawPath: pathname,
      rawQueryString: search.slice(1),
      headers: Object.fromEntries(lists.map(([name, values]) => [name, values.join(',')])),
      requestContext: { stage: '$default', http: { method: req.method, path: pathname, protocol: 'HTTP/1.1' } },
      ...(body.length === 0 ? { isBase64Encoded: false } : textOrBase64(req, body)),
    } as LambdaEvent
  },
  'Load balancer': (req, body) => {
    const { pathname, search } = urlOf(req)
    return {
      requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/hooks/1' } },
      httpMethod: req.method,
      path: pathname,
      queryStringParameters: Object.fromEntries(rawQuery(search)),
      headers: Object.fromEntries(pairsOf(req).map(([name, value]) => [name.toLowerCase(), value])),
      ...textOrBase64(req, body),
    } as LambdaEvent
  },
  'Load balancer, multi-value headers': (req, body) => {
    const { pathname, search } = urlOf(req)
    return {
      requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/hooks/1' } },
      httpMethod: req.method,
      path: pathname,
      multiValueQueryStringParameters: listsOf(rawQuery(search)),
      multiValueHeaders: listsOf(pairsOf(req).map(([name, value]) => [name.toLowerCase(), value])),
      ...textOrBase64(req, body),
    } as LambdaEvent
  },
}

/** A load balancer does not take the escapes out. */
function rawQuery(search: string): [string, string][] {
  const parts = search.slice(1).split('&').filter(Boolean)
  return parts.map((part) => [part.split('=')[0] ?? '', part.split('=').slice(1).join('=')])
}

/** A server in place of the platform: reads the body whole, calls the function, writes its result. */
export function lambdaPlatform(
  shape: Shape,
  handler: (event: LambdaEvent) => Promise<LambdaResult>,
): Promise<MountedAdapter> {
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const result = await handler(shape(req, await buffer(req)))
    res.statusCode = result.statusCode
    for (const [name, value] of Object.entries(result.multiValueHeaders ?? result.headers)) res.setHeader(name, value)
    const body = Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8')
    if (result.statusCode !== 204) res.setHeader('content-length', body.length)
    res.end(body)
  }
  return listening(createServer((req, res) => void serve(req, res).catch(() => res.destroy())))
}
