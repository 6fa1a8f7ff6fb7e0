// What the tests use of src, bundled before each run so that no build has to come first.
export { fetchHandler } from '../../src/adapters/fetch.ts'
export { createReceiver, defineProvider } from '../../src/index.ts'
export { json } from '../../src/schemes/formats.ts'
export { hmac } from '../../src/schemes/hmac.ts'
export { durableObjectStore, HookproofStore } from '../../src/stores/durable-object.ts'
export { dynamodbSchema, dynamodbStore } from '../../src/stores/dynamodb.ts'
export { storeContract } from '../../src/testing/store-contract.ts'
