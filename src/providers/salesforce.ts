import { defineProvider, knownOptions } from '../define.js'
import { allow } from '../schemes/allow.js'
import { CREDENTIAL_OPTIONS, type CredentialOptions, credentials } from '../schemes/credentials.js'
import { pick, pickList, pickText } from '../schemes/pick.js'
import { type XmlPackage, xml } from '../schemes/xml.js'
import type { Message, Provider } from '../types.js'

/** A `token` in the URL of the outbound message. Have your proxy ask for Salesforce's client certificate too. */
export interface SalesforceOptions extends CredentialOptions {
  /** The package fast-xml-parser. */
  readonly xml: XmlPackage
  /** Ids of your organizations, of 15 or 18 characters. */
  readonly allow: string | readonly string[]
}

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
const OUTBOUND = 'http://soap.sforce.com/2005/09/outbound'
const ACK = [
  `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Body>`,
  `<notificationsResponse xmlns="${OUTBOUND}"><Ack>true</Ack></notificationsResponse>`,
  '</soapenv:Body></soapenv:Envelope>',
].join('')

/**
 * Salesforce outbound messages: each Notification is an event, its type the record's. Throws ConfigError for options that cannot work.
 * @see https://developer.salesforce.com/docs/platform/api/guide/sforce-api-om-outboundmessaging.html
 */
export function salesforce<Events extends object = object>(options: SalesforceOptions): Provider<'salesforce', Events> {
  const known = knownOptions('salesforce', options, [...CREDENTIAL_OPTIONS, 'xml', 'allow'])
  const format = xml(known.xml, ['Notification'])
  const notifications = (payload: unknown): unknown => pick(payload, 'Envelope', 'Body', 'notifications')
  const scheme = allow({
    scheme: credentials(known),
    // The organization's name stands in the XML: a stranger does not have it parsed.
    schemeFirst: true,
    allow: known.allow,
    form: /^00D[A-Za-z0-9]{12}(?:[A-Z0-5]{3})?$/,
    // The last three of 18 characters only repeat the case of the others.
    as: (id) => id.slice(0, 15),
    of: (incoming) => pick(notifications(format.decode(incoming.body, incoming)), 'OrganizationId'),
  })
  return defineProvider<'salesforce', Events>({
    id: 'salesforce',
    name: 'Salesforce',
    docs: 'https://developer.salesforce.com/docs/platform/api/guide/sforce-api-om-outboundmessaging.html',
    scheme,
    body: format,
    events: ({ payload }: Message) => {
      const { Notification: _, ...message } = Object(notifications(payload)) as Record<string, unknown> // parsed XML
      return pickList(notifications(payload), 'Notification').map((one) => ({ ...message, ...Object(one) }))
    },
    identify: (event) => ({
      id: pickText(event, 'Id'),
      type: (pickText(event, 'sObject', '@type') ?? '').replace(/^.*:/, ''),
    }),
    facts: {
      coverage: scheme.coverage,
      idSigned: false,
      idStable: 'yes',
      retryHorizonSeconds: 24 * 3600,
      success: { headers: { 'content-type': 'text/xml; charset=utf-8' }, body: ACK },
      on4xx: 'retries',
    },
  })
}
