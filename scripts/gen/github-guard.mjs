import { examples, guarded, problems, repeating, stamps, typeOf, version } from '../github-events.mjs'

export const file = 'docs/security.md'
export const marker = 'github-guard'

function guardOf(event) {
  const rows = guarded.filter(([name]) => name === event)
  return rows.map(([, actions, path]) => `${actions.join(', ') || 'all'} by \`${path}\``).join('; ')
}

export function render() {
  const wrong = problems()
  if (wrong.length > 0) throw new Error(`the examples contradict scripts/github-events.mjs:\n${wrong.join('\n')}`)
  const events = [...new Set(examples.map(({ event }) => event))].sort()
  const safe = examples.filter((example) => stamps[typeOf(example)] !== undefined)
  const types = (list) => new Set(list.map(typeOf)).size
  const rows = events.map((event) => `| \`${event}\` | ${guardOf(event)} | ${repeating[event] ?? ''} |`)
  return `
Decided from the ${examples.length} payloads of \`@octokit/webhooks-examples\` ${version}: of their ${types(examples)} types ${types(safe)}
are guarded. A type counts as guarded where its subject is born, ends or reaches a stage under an id that is never given again, or
where an example shows that the subject's own stamp moves. Events and actions that are not listed are not guarded.

| event | the same bytes under a fresh id are a duplicate | they run again |
|---|---|---|
${rows.join('\n')}

A stamp of one second cannot tell two equal changes within that second apart: the second of them is taken for a copy.
`.trim()
}
