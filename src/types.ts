// What the parts of the library know of each other; types only.
export type * from './types/event.js'
export type * from './types/handler.js'
export type * from './types/provider.js'
export type * from './types/receiver.js'
export type * from './types/request.js'
export type * from './types/scheme.js'
export type * from './types/secret.js'
export type * from './types/store.js'
