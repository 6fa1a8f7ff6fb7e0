import http from 'node:http'

const agent = new http.Agent({ keepAlive: true })

/** The status of the answer, or 'broken' where there was none. */
export function post(port, { body, signature }) {
  const headers = { 'content-length': body.length, 'x-storm-signature': signature }
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', method: 'POST', path: '/', agent, headers, timeout: 10_000 }
    const request = http.request(options, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
      response.on('error', () => resolve('broken'))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve('broken'))
    request.end(body)
  })
}
