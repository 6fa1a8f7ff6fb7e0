import type { Deadline } from './_patience.js'
import { callbackSession } from './_postgres-callback.js'
import { has, type PostgresDriver, type PostgresSession, type Prepared, rowsOf } from './_postgres-client.js'
import { poolDriver } from './_postgres-pool.js'
import type { Row } from './_sql.js'

/** postgres.js, as far as it is used here. */
interface Sql {
  unsafe(text: string, values?: unknown[], options?: { prepare: boolean }): Promise<unknown> & { cancel?(): void }
  begin(options: string, callback: (sql: object) => Promise<void>): Promise<unknown>
  readonly options?: { readonly transform?: { readonly column?: { readonly from?: Rename } } }
}
type Rename = ((column: string) => string) | undefined
/** PGlite, or anything that only answers queries. */
interface Queryable {
  query(text: string, values?: unknown[]): Promise<unknown>
}
interface Lite extends Queryable {
  exec(text: string): Promise<unknown>
  transaction(callback: (transaction: object) => Promise<void>): Promise<unknown>
}

/** The driver for a client, told by its methods; undefined where it has none that are known. */
export function postgresDriver(client: unknown): PostgresDriver | undefined {
  // What `has` found is called by the client's own documentation; a client that merely looks alike fails at its first query.
  if (has(client, 'unsafe', 'begin')) return sqlDriver(client as unknown as Sql)
  if (has(client, 'query', 'exec', 'transaction')) return liteDriver(client as unknown as Lite)
  if (has(client, 'query', 'connect') && 'totalCount' in client) return poolDriver(client as never)
  if (has(client, 'query')) return queryDriver(client as unknown as Queryable)
  return undefined
}

function sqlDriver(sql: Sql): PostgresDriver {
  const unsafe = (on: Sql, { text, values, name }: Prepared) =>
    on.unsafe(text, [...values], { prepare: name !== undefined })
  const race = async (deadline: Deadline, query: ReturnType<Sql['unsafe']>): Promise<unknown> => {
    try {
      return await deadline.race(query)
    } catch (error) {
      if (deadline.over) query.cancel?.()
      throw error
    }
  }
  const rows = async (answer: Promise<unknown>): Promise<readonly Row[]> => rowsOfSql(sql, await answer)
  return {
    query: (statement, deadline) => rows(race(deadline, unsafe(sql, statement))),
    write: async (statement, deadline) => countOf(await race(deadline, unsafe(sql, statement))),
    script: (text, deadline) => rows(race(deadline, sql.unsafe(text))),
    begin(script, deadline) {
      const [begin = '', ...rest] = script.split(/;\s*/)
      return deadline.race(startSql(sql, begin.replace(/^BEGIN\s*/, ''), rest, unsafe), (late) => void late.rollback())
    },
  }
}

/** Rows by the names of the statement, also where the client renames columns (`transform: postgres.camel`). */
function rowsOfSql({ options }: Sql, answer: unknown): readonly Row[] {
  const from: Rename = options?.transform?.column?.from
  const rows = rowsOf(answer)
  if (typeof from !== 'function') return rows
  return rows.map((row) => new Proxy(row, { get: (target, name) => Reflect.get(target, from(String(name))) }))
}

function countOf(answer: unknown): number {
  return (answer as { readonly count: number }).count // of postgres.js's results
}

async function startSql(
  sql: Sql,
  options: string,
  rest: readonly string[],
  unsafe: (on: Sql, statement: Prepared) => Promise<unknown>,
): Promise<PostgresSession> {
  let processId = 0
  const session = await callbackSession({
    begin: (callback) => sql.begin(options, callback),
    query: async (client, statement) => rowsOfSql(sql, await unsafe(client as Sql, statement)), // a TransactionSql has the same `unsafe`
    terminate: () => sql.unsafe('SELECT pg_terminate_backend($1)', [processId]).catch(() => undefined),
  })
  return prepared(session, async () => {
    const [row] = await session.query({ text: 'SELECT pg_backend_pid() AS id', values: [] })
    processId = Number(row?.id)
    for (const text of rest) if (text !== '') await session.query({ text, values: [] })
  })
}

async function prepared(session: PostgresSession, prepare: () => Promise<void>): Promise<PostgresSession> {
  try {
    await prepare()
    return session
  } catch (error) {
    await session.destroy()
    throw error
  }
}

function liteDriver(lite: Lite): PostgresDriver {
  // Its one connection would make a second transaction wait for the first.
  let taken = false
  return {
    query: async ({ text, values }, deadline) => rowsOf(await deadline.race(lite.query(text, [...values]))),
    script: async (text, deadline) => rowsOf(await deadline.race(lite.exec(text))),
    async begin(script) {
      if (taken) return undefined
      taken = true
      const begin = async (callback: (client: object) => Promise<void>): Promise<void> => {
        try {
          await lite.transaction(callback)
        } finally {
          taken = false
        }
      }
      const session = await callbackSession({
        begin,
        query: async (client, { text, values }) => rowsOf(await (client as Queryable).query(text, [...values])), // a Transaction has it
      })
      return prepared(session, async () => {
        for (const text of script.split(/;\s*/).slice(1)) if (text !== '') await session.query({ text, values: [] })
      })
    },
  }
}

function queryDriver(client: Queryable): PostgresDriver {
  const send = async (deadline: Deadline, text: string, values?: unknown[]): Promise<readonly Row[]> =>
    rowsOf(await deadline.race(client.query(text, values)))
  return {
    query: ({ text, values }, deadline) => send(deadline, text, [...values]),
    script: (text, deadline) => send(deadline, text),
  }
}
