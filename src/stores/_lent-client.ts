import { StoreError } from '../errors.js'

/** A client on loan to handlers: after `end()` every use of it throws. */
export interface Loan<T> {
  readonly client: T
  end(): void
}

export interface LoanTerms {
  /** Methods that do nothing: the connection is not the handlers' to give back. */
  readonly ignored?: readonly string[] | undefined
  /** Methods whose results (prepared statements) are lent as well, or they would work on after the end. */
  readonly lends?: readonly string[] | undefined
  /** Methods whose callbacks get a client of their own (`savepoint`), lent as well. */
  readonly nested?: readonly string[] | undefined
}

const CONTROL =
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b))\b/i

/** The statement's text, where a driver takes it first: a string, `{ text }` or `{ sql }`. */
function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement
  if (typeof statement !== 'object' || statement === null) return ''
  if (Array.isArray(statement)) return String(statement[0] ?? '')
  const text = Reflect.get(statement, 'text') ?? Reflect.get(statement, 'sql')
  return typeof text === 'string' ? text : ''
}

function refuseControl(statement: unknown): void {
  if (!CONTROL.test(textOf(statement))) return
  throw new StoreError('ERR_TRANSACTION_SETTLED', {
    message: 'a handler may neither end nor nest context.transaction, which commits with the event: use a savepoint',
  })
}

/** The client itself behind a proxy: instanceof, properties and methods work as before, until the loan ends. */
export function lend<T extends object>(client: T, terms: LoanTerms = {}): Loan<T> {
  let over = false
  const inUse = (): void => {
    if (over) throw new StoreError('ERR_TRANSACTION_SETTLED')
  }
  const call = (target: object, method: CallableFunction, name: string, values: unknown[]): unknown => {
    inUse()
    if (terms.ignored?.includes(name) === true) return undefined
    refuseControl(values[0])
    const nests = terms.nested?.includes(name) === true
    const result: unknown = Reflect.apply(method, target, nests ? values.map(lendArguments) : values)
    const lent = result === target || typeof result === 'function' || terms.lends?.includes(name) === true
    return lent && isObject(result) ? proxied(result) : result
  }
  const lendArguments = (value: unknown): unknown =>
    typeof value === 'function'
      ? (...given: unknown[]) =>
          Reflect.apply(
            value,
            undefined,
            given.map((one) => (isObject(one) ? proxied(one) : one)),
          )
      : value

  function proxied<O extends object>(subject: O): O {
    const methods = new Map<PropertyKey, unknown>()
    return new Proxy(subject, {
      get(target, name) {
        inUse()
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function' || name === 'constructor' || isFixed(target, name)) return value
        const method = methods.get(name) ?? ((...values: unknown[]) => call(target, value, String(name), values))
        methods.set(name, method)
        return method
      },
      set(target, name, value) {
        inUse()
        methods.delete(name)
        return Reflect.set(target, name, value, target)
      },
      has(target, name) {
        inUse()
        return Reflect.has(target, name)
      },
      apply(target, _self, values) {
        inUse()
        refuseControl(values[0])
        return Reflect.apply(target as unknown as CallableFunction, undefined, values) // the trap of a callable subject
      },
    })
  }
  return {
    client: proxied(client),
    end() {
      over = true
    },
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** A proxy has to hand out what a frozen property holds. */
function isFixed(target: object, name: PropertyKey): boolean {
  const property = Object.getOwnPropertyDescriptor(target, name)
  return property !== undefined && property.configurable === false && property.writable === false
}
