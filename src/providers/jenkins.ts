import { defineProvider, knownOptions } from '../define.js'
import { CREDENTIAL_OPTIONS, type CredentialOptions, credentials } from '../schemes/credentials.js'
import { joinId, pick, pickText } from '../schemes/pick.js'
import { jsonOrXml, type XmlPackage } from '../schemes/xml.js'
import type { Identity, Provider } from '../types.js'

/** A token in the URL, or the user name and password that stand in it. */
export interface JenkinsOptions extends CredentialOptions {
  /** The package fast-xml-parser, for the Notification plugin's XML. @default JSON only */
  readonly xml?: XmlPackage | undefined
}

/**
 * Jenkins with the plugin Notification, Outbound WebHook or Generic Event. None of them signs anything. Throws ConfigError for options that cannot work.
 * @see https://plugins.jenkins.io/notification/
 */
export function jenkins<Events extends object = object>(options: JenkinsOptions): Provider<'jenkins', Events> {
  const scheme = credentials(knownOptions('jenkins', options, [...CREDENTIAL_OPTIONS, 'xml']))
  return defineProvider<'jenkins', Events>({
    id: 'jenkins',
    name: 'Jenkins',
    docs: 'https://plugins.jenkins.io/notification/',
    scheme,
    body: jsonOrXml(options.xml),
    identify: (payload) => notification(payload) ?? outbound(payload) ?? generic(payload),
    facts: {
      coverage: scheme.coverage,
      idSigned: false,
      idStable: 'yes',
      retryHorizonSeconds: 0,
      on4xx: 'drops',
    },
  })
}

/** Notification: `job` is the root of its XML. */
function notification(payload: unknown): Identity | undefined {
  const build = pick(payload, 'build') ?? pick(payload, 'job', 'build')
  const phase = pickText(build, 'phase')
  if (phase === undefined) return undefined
  const url = pickText(build, 'full_url') ?? pickText(build, 'fullUrl')
  // A pipeline may tell of one phase as often as it likes; older plugins give no time.
  const id = joinId(url, phase, pick(build, 'number'), pick(build, 'timestamp') ?? '-')
  const name = [phase, pickText(build, 'status')].filter((word) => word !== undefined).join('.')
  return { id, type: `build.${name.toLowerCase()}` }
}

/** Outbound WebHook. */
function outbound(payload: unknown): Identity | undefined {
  const event = pickText(payload, 'event')
  const url = pickText(payload, 'buildUrl')
  return event === undefined || url === undefined ? undefined : { id: joinId(url, event), type: `build.${event}` }
}

/** Generic Event. */
function generic(payload: unknown): Identity {
  return { id: pickText(payload, 'id'), type: pickText(payload, 'type') ?? '' }
}
