import type { MaybePromise, WebhookEndpoint } from '../types.js'
import { type Mount, type NodeRequest, type NodeResponse, ReceivedRequest, send } from './_node.js'
import { type AdapterOptions, bodyDeadline, checkReceiver } from './_options.js'
import { paramsIn, paramsOf } from './_params.js'

/** A receiver, closed with the application. */
type NestEndpoint = WebhookEndpoint & { close?(): Promise<void> }
type Middleware = (req: NodeRequest, res: NodeResponse, next: (error?: unknown) => void) => Promise<void>

export interface HookproofModuleOptions extends AdapterOptions {
  /** Path below the global prefix, with parameters as `:name`. */
  readonly path: string
  readonly receiver: NestEndpoint
}
export interface HookproofModuleAsyncOptions<Imports, Inject> extends AdapterOptions {
  /** Path below the global prefix, with parameters as `:name`. */
  readonly path: string
  /** Modules that export what `inject` names. */
  readonly imports?: Imports
  /** Tokens, handed to `useFactory` in this order. */
  readonly inject?: Inject
  readonly useFactory: (...dependencies: never[]) => MaybePromise<NestEndpoint>
}
interface Consumer {
  apply(middleware: Middleware): { forRoutes(route: { path: string; method: number }): unknown }
}
/** Nest's DynamicModule. */
export interface MountedModule {
  module: new () => { configure(consumer: Consumer): void; onModuleDestroy(): Promise<void> }
}
/** The provider that makes the receiver. */
export interface FactoryProvider<Inject> {
  provide: symbol
  inject: Inject
  useFactory: (...dependencies: never[]) => Promise<unknown>
}

const FIX = `NestJS: let the body parsers keep the raw bytes, on Express and on Fastify,
  const app = await NestFactory.create(AppModule, { rawBody: true })
  await app.listen(3000)`

/** RequestMethod.ALL */
const ALL = 5

/** What `HookproofModule` is. */
export interface HookproofModuleFactory {
  forRoot(options: HookproofModuleOptions): MountedModule
  forRootAsync<Imports extends unknown[] = [], Inject extends unknown[] = []>(
    options: HookproofModuleAsyncOptions<Imports, Inject>,
  ): MountedModule & { imports: Imports; providers: FactoryProvider<Inject>[] }
}

/**
 * A receiver as NestJS module (11 and 12, on Express and on Fastify): `imports: [HookproofModule.forRoot({ path, receiver })]`, or
 * `forRootAsync` where handlers need providers. Create the application with `rawBody: true`. `bodyTimeoutMs`: how long a body may take to
 * arrive (@default 10 000 ms). Throws ConfigError for options that cannot work. @see https://docs.nestjs.com/dynamic-modules
 */
export const HookproofModule: HookproofModuleFactory = {
  forRoot({ path, receiver, ...options }) {
    return { module: moduleOf(path, options, () => receiver) }
  },
  forRootAsync<Imports extends unknown[], Inject extends unknown[]>(
    options: HookproofModuleAsyncOptions<Imports, Inject>,
  ) {
    const { path, imports = [], inject = [], useFactory, ...rest } = options
    let made: NestEndpoint | undefined
    const provider = {
      provide: Symbol('hookproof receiver'),
      inject: inject as Inject, // left out: nothing is injected
      async useFactory(...dependencies: never[]): Promise<NestEndpoint> {
        made = await useFactory(...dependencies)
        return made
      },
    }
    // Nest resolves providers before it asks modules for their middleware.
    const module = moduleOf(path, rest, () => made as NestEndpoint)
    return { module, imports: imports as Imports, providers: [provider] }
  },
}

function moduleOf(path: string, options: AdapterOptions, receiver: () => NestEndpoint): MountedModule['module'] {
  const mount = { fix: FIX, deadlineMs: bodyDeadline(options, 'HookproofModule') }
  return class HookproofModule {
    configure(consumer: Consumer): void {
      consumer.apply(middlewareOf(path, receiver(), mount)).forRoutes({ path, method: ALL })
    }
    async onModuleDestroy(): Promise<void> {
      await receiver().close?.()
    }
  }
}

function middlewareOf(path: string, receiver: WebhookEndpoint, mount: Mount): Middleware {
  checkReceiver(receiver, 'HookproofModule')
  return async function hookproofMiddleware(req, res, next) {
    try {
      // On Fastify middleware runs before the router, so the parameters are still in the path.
      const params = paramsOf(req.params) ?? paramsIn(path, req.originalUrl ?? req.url ?? '')
      const request = new ReceivedRequest(req, mount, { params })
      await request.onceArrived(async () => send(res, await receiver.receive(request), request))
    } catch (error) {
      next(error)
    }
  }
}
