import { type Deadline, inTime } from './_patience.js'
import { type PostgresDriver, type PostgresSession, type Prepared, rowsOf } from './_postgres-client.js'
import { lost } from './_postgres-errors.js'

/** A connection of pg, as far as it is used here. */
interface PoolClient {
  query(statement: string | { text: string; values: unknown[]; name?: string }): Promise<unknown>
  release(destroy?: boolean): void
  on?(event: 'error' | 'end', listener: () => void): unknown
  removeListener?(event: 'error', listener: () => void): unknown
  readonly processID?: unknown
}
/** Without callbacks where a pool is only made like pg's: it then answers with a promise. */
interface Pool {
  connect(callback: (error: unknown, client: PoolClient | undefined) => void): Promise<PoolClient> | undefined
}

/** pg makes a connection that dies while it is out an uncaught exception, unless somebody listens; its queries reject anyway. */
const ignore = (): void => undefined

const send = (client: PoolClient, { text, values, name }: Prepared): Promise<unknown> =>
  client.query(name === undefined ? { text, values: [...values] } : { text, values: [...values], name })

/**
 * A connection that has its listener. By callback: the server may end a new one in the message in which it calls itself ready, and a promise
 * would tell of it too late.
 */
function connect(pool: Pool): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    let taken = false
    // A wrapped pool may call back and return a promise as well, of nothing perhaps.
    const connected = (client: PoolClient | undefined): void => {
      if (client === undefined || taken) return
      taken = true
      client.on?.('error', ignore)
      resolve(client)
    }
    pool.connect((error, client) => (client === undefined ? reject(error) : connected(client)))?.then(connected, reject)
  })
}

function rowCount(answer: unknown): number {
  return (answer as { readonly rowCount: number }).rowCount // of pg's results
}

/** pg's Pool. Connections are taken and given back here, so that a claim that came too late is not sent after all. */
export function poolDriver(pool: Pool): PostgresDriver {
  const take = (deadline: Deadline): Promise<PoolClient> =>
    deadline.race(connect(pool), (late) => giveBack(late, false))
  const giveBack = (client: PoolClient, destroy: boolean): void => {
    if (!destroy) client.removeListener?.('error', ignore)
    client.release(destroy)
  }
  // One race for the connection and what is done on it, and no async function: promises are a good part of what a claim costs here.
  const use = <T>(
    deadline: Deadline,
    work: (client: PoolClient) => Promise<unknown>,
    read: (answer: unknown) => T,
  ): Promise<T> => {
    let client: PoolClient | undefined
    let late = false
    const answered = new Promise<unknown>((resolve, reject) => {
      const taken = (connected: PoolClient): void => {
        if (late) {
          giveBack(connected, false)
          return
        }
        client = connected
        work(client).then(resolve, reject)
      }
      connect(pool).then(taken).catch(reject)
    })
    return deadline.race(answered).then(
      (answer) => {
        if (client !== undefined) giveBack(client, false)
        return read(answer)
      },
      (error: unknown) => {
        late = true
        if (client !== undefined) giveBack(client, lost(error))
        throw error
      },
    )
  }
  const terminate = (processId: unknown): Promise<unknown> =>
    inTime(undefined, (deadline) =>
      use(
        deadline,
        (client) => send(client, { text: 'SELECT pg_terminate_backend($1)', values: [Number(processId)] }),
        rowsOf,
      ),
    ).catch(ignore)
  return {
    query: (statement, deadline) => use(deadline, (client) => send(client, statement), rowsOf),
    write: (statement, deadline) => use(deadline, (client) => send(client, statement), rowCount),
    script: (text, deadline) => use(deadline, (client) => client.query(text), rowsOf),
    async begin(script, deadline) {
      const client = await take(deadline)
      try {
        await deadline.race(client.query(script))
      } catch (error) {
        giveBack(client, true)
        throw error
      }
      return session(client, giveBack, terminate)
    },
  }
}

function session(
  client: PoolClient,
  giveBack: (client: PoolClient, destroy: boolean) => void,
  terminate: (processId: unknown) => Promise<unknown>,
): PostgresSession {
  const end = async (text: string): Promise<void> => {
    try {
      await client.query(text)
      giveBack(client, false)
    } catch (error) {
      giveBack(client, true)
      throw error
    }
  }
  return {
    client,
    query: async (statement) => rowsOf(await send(client, statement)),
    commit: () => end('COMMIT'),
    rollback: () => end('ROLLBACK'),
    async destroy() {
      const closed = new Promise<void>((resolve) => client.on?.('end', resolve) ?? resolve())
      const busy = Reflect.get(client, '_activeQuery') != null
      giveBack(client, true)
      // A server that runs or waits in a statement does not see that its client has gone.
      if (busy) await terminate(client.processID)
      await inTime(undefined, (deadline) => deadline.race(closed)).catch(ignore)
    },
  }
}
