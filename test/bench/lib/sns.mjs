// A certificate authority of our own, a certificate in SNS's name, and notifications signed with it.
import { execFileSync } from 'node:child_process'
import { createPrivateKey, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const topic = 'arn:aws:sns:us-west-2:123456789012:orders'
const url = 'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem'

/** The root and the certificate in PEM, and the certificate's key. */
export function certificates() {
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-sns-'))
  const file = (name) => join(folder, name)
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  try {
    writeFileSync(file('leaf.ext'), 'subjectAltName=DNS:sns.amazonaws.com,DNS:sns.us-west-2.amazonaws.com\n')
    const request = ['req', '-newkey', 'rsa:2048', '-nodes']
    openssl(...request, '-x509', '-days', '30', '-subj', '/CN=Bench Root', '-keyout', 'root.key', '-out', 'root.pem')
    openssl(...request, '-subj', '/CN=sns.amazonaws.com', '-keyout', 'leaf.key', '-out', 'leaf.csr')
    const issuer = ['-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial']
    openssl('x509', '-req', '-in', 'leaf.csr', ...issuer, '-days', '30', '-extfile', 'leaf.ext', '-out', 'leaf.pem')
    const text = (name) => readFileSync(file(name), 'utf8')
    return { root: text('root.pem'), leaf: text('leaf.pem'), key: createPrivateKey(text('leaf.key')) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function snsRequest(size, key) {
  const message = {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: topic,
    Message: 'x'.repeat(Math.max(1, size - 800)),
    Timestamp: new Date().toISOString(),
    SignatureVersion: '2',
    SigningCertURL: url,
    UnsubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe',
  }
  const signed = ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type'].map((name) => `${name}\n${message[name]}\n`)
  const signature = sign('sha256', Buffer.from(signed.join('')), key).toString('base64')
  const body = Buffer.from(JSON.stringify({ ...message, Signature: signature }))
  const headers = {
    'content-type': 'text/plain; charset=UTF-8',
    'content-length': String(body.length),
    'x-amz-sns-message-type': 'Notification',
    'x-amz-sns-topic-arn': topic,
  }
  return { method: 'POST', url: '/webhooks', headers, body }
}
