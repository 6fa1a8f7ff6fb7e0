import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate with its private key, PEM. */
export interface Issued {
  readonly certificate: string
  readonly key: string
}

export interface Wish {
  /** Subject's common name and DNS name. */
  readonly name: string
  /** DNS names in place of the common name. */
  readonly dns?: readonly string[]
  /** YYMMDDHHMMSSZ. @default in force */
  readonly from?: string
  readonly to?: string
  /** May issue certificates. */
  readonly authority?: boolean
  /** @default itself */
  readonly by?: Issued
  /** Says nothing about what its key may be used for. */
  readonly anyUse?: boolean
  /** With the key of another certificate. */
  readonly keyOf?: Issued
  /** Arguments of `openssl genpkey`. @default P-256 for an authority; else the one RSA key of 2,048 bits that all share, which saves time */
  readonly algorithm?: readonly string[]
}

/** An RSA key of its own. */
export const freshKey: readonly string[] = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']
const curveKey = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']

/** Makes certificates with openssl, for as long as a test runs. */
export interface Authority {
  issue(wish: Wish): Issued
  close(): void
}

const CONFIG = `
[ca]
default_ca = here
[here]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
`

export function authority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return name
  }
  const openssl = (...given: readonly string[]): void => {
    execFileSync('openssl', given, { cwd: folder, stdio: 'pipe' })
  }
  write('ca.cnf', CONFIG)
  write('index.txt', '')
  write('serial', '1000')
  let count = 0
  return {
    issue({
      name,
      dns,
      from = '20200101000000Z',
      to = '20490101000000Z',
      authority = false,
      by,
      anyUse,
      keyOf,
      algorithm,
    }): Issued {
      count += 1
      const key = algorithm === undefined && keyOf === undefined && !authority ? 'shared.pem' : `key-${count}.pem`
      const request = `request-${count}.pem`
      const certificate = `certificate-${count}.pem`
      if (keyOf !== undefined) write(key, keyOf.key)
      const kind = algorithm ?? (authority ? curveKey : freshKey)
      if (!existsSync(join(folder, key))) openssl('genpkey', ...kind, '-out', key)
      openssl('req', '-new', '-key', key, '-subj', `/CN=${name}`, '-out', request)
      const alternatives = (dns ?? (authority ? [] : [name])).map((one) => `DNS:${one}`).join(',')
      write(
        `extensions-${count}.cnf`,
        [
          `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}`,
          ...(anyUse === true ? [] : [`keyUsage=critical,${authority ? 'keyCertSign,cRLSign' : 'digitalSignature'}`]),
          'subjectKeyIdentifier=hash',
          ...(alternatives === '' ? [] : [`subjectAltName=${alternatives}`]),
        ].join('\n'),
      )
      const issuer =
        by === undefined
          ? ['-selfsign', '-keyfile', key]
          : ['-keyfile', write(`by-key-${count}.pem`, by.key), '-cert', write(`by-${count}.pem`, by.certificate)]
      const dates = ['-startdate', from, '-enddate', to]
      const files = ['-config', 'ca.cnf', '-extfile', `extensions-${count}.cnf`, '-in', request, '-out', certificate]
      openssl('ca', '-batch', '-notext', ...issuer, ...dates, ...files)
      const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
      return { certificate: read(certificate), key: read(key) }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
