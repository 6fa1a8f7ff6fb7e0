import { execFileSync } from 'node:child_process'
import { createSign } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'oracle-'))
process.once('exit', () => execFileSync('rm', ['-rf', folder]))
const openssl = (args, input) => execFileSync('openssl', args, { cwd: folder, input, stdio: 'pipe' })
let count = 0
writeFileSync(join(folder, 'index.txt'), '')
writeFileSync(join(folder, 'serial'), '1000')
writeFileSync(
  join(folder, 'ca.cnf'),
  `[ca]
default_ca=here
[here]
database=index.txt
serial=serial
new_certs_dir=.
default_md=sha256
policy=any
unique_subject=no
[any]
commonName=supplied
`,
)

/** A key pair of openssl's, with a certificate that it signed for itself. */
export function keyPair(name) {
  count += 1
  const [key, certificate, publicFile] = [`key-${count}.pem`, `certificate-${count}.pem`, `public-${count}.pem`]
  const request = `request-${count}.pem`
  openssl(['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', request, '-subj', `/CN=${name}`])
  writeFileSync(join(folder, 'names.cnf'), `subjectAltName=DNS:${name}\n`)
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20490101000000Z', '-extfile', 'names.cnf']
  openssl([
    'ca',
    '-batch',
    '-notext',
    '-config',
    'ca.cnf',
    '-selfsign',
    '-keyfile',
    key,
    '-in',
    request,
    ...dates,
    '-out',
    certificate,
  ])
  writeFileSync(join(folder, publicFile), openssl(['x509', '-in', certificate, '-noout', '-pubkey']))
  const read = (file) => readFileSync(join(folder, file), 'utf8')
  return { publicFile, privateKey: read(key), publicKey: read(publicFile), certificate: read(certificate) }
}

export const sign = (hash, pair, text) => createSign(hash).update(text).sign(pair.privateKey, 'base64')

/** What openssl says about a signature, whose base64 must be written as base64 is. */
export function verified(hash, publicFile, text, signature) {
  const bytes = Buffer.from(signature, 'base64')
  if (bytes.length === 0 || bytes.toString('base64') !== signature) return false
  writeFileSync(join(folder, 'signature'), bytes)
  try {
    const args = ['dgst', `-${hash}`, '-verify', publicFile, '-signature', 'signature']
    return openssl(args, text).toString().includes('Verified OK')
  } catch {
    return false
  }
}

/** A public key of a fixture, as a file for openssl. */
export function fileOf(publicKey) {
  count += 1
  writeFileSync(join(folder, `given-${count}.pem`), publicKey)
  return `given-${count}.pem`
}
