import { execFile } from 'node:child_process'

/** The hex HMAC-SHA256 of the parts, by the openssl on this machine. */
export function opensslHmac(secret, ...parts) {
  return new Promise((resolve, reject) => {
    const child = execFile('openssl', ['dgst', '-sha256', '-hmac', secret], (error, stdout) => {
      if (error) reject(new Error('openssl is needed on the path', { cause: error }))
      else resolve(stdout.trim().split(' ').at(-1))
    })
    child.stdin.end(Buffer.concat(parts.map((part) => Buffer.from(part))))
  })
}
