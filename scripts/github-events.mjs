// What GitHub's payload examples say about its events: which body belongs to which event, and which events can honestly repeat.
// The decisions stand here as data; `problems()` holds them against the examples, and a wrong one stops the generators.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
export const version = require('@octokit/webhooks-examples/package.json').version
const groups = require('@octokit/webhooks-examples')
export const examples = groups.flatMap(({ name, examples }) => examples.map((payload) => ({ event: name, payload })))

/** What tells an event's body from all others: paths that it holds; with `!`, paths that it does not hold. */
export const bodies = {
  branch_protection_rule: 'rule',
  check_run: 'check_run !deployment',
  check_suite: 'check_suite',
  code_scanning_alert: 'alert.tool',
  commit_comment: 'comment.commit_id !pull_request !issue',
  create: 'ref_type master_branch',
  custom_property: 'definition',
  custom_property_values: 'new_property_values',
  delete: 'ref_type !master_branch',
  dependabot_alert: 'alert.dependency',
  deploy_key: 'key',
  deployment: 'deployment !deployment_status !workflow_job !deployment_callback_url',
  deployment_protection_rule: 'deployment_callback_url|environment !since',
  deployment_review: 'since',
  deployment_status: 'deployment_status',
  discussion: 'discussion !comment',
  discussion_comment: 'discussion comment',
  fork: 'forkee',
  gollum: 'pages',
  installation: 'installation.account !repositories_added',
  installation_repositories: 'repositories_added',
  installation_target: 'account target_type',
  issue_comment: 'issue comment',
  issues: 'issue !comment',
  label: 'label !issue !pull_request !discussion',
  marketplace_purchase: 'marketplace_purchase',
  member: 'member !team',
  membership: 'member team',
  merge_group: 'merge_group',
  meta: 'hook hook_id !zen',
  milestone: 'milestone !issue !pull_request',
  org_block: 'blocked_user',
  package: 'package',
  page_build: 'build',
  ping: 'zen',
  project: 'project',
  project_card: 'project_card',
  project_column: 'project_column',
  projects_v2_item: 'projects_v2_item',
  pull_request: 'pull_request number',
  pull_request_review: 'pull_request review',
  pull_request_review_comment: 'pull_request comment',
  pull_request_review_thread: 'pull_request thread',
  push: 'pusher commits',
  registry_package: 'registry_package',
  release: 'release',
  repository_dispatch: 'client_payload',
  repository_import: 'status !sha',
  repository_vulnerability_alert: 'alert.affected_range',
  secret_scanning_alert: 'alert.secret_type !location',
  secret_scanning_alert_location: 'alert location',
  security_advisory: 'security_advisory',
  sponsorship: 'sponsorship',
  star: 'starred_at',
  status: 'sha state context',
  team: 'team !member action',
  team_add: 'team !action',
  workflow_dispatch: 'workflow inputs !workflow_run',
  workflow_job: 'workflow_job',
  workflow_run: 'workflow_run workflow !deployment',
}

/** Events without an object of their own, with what little tells them: their bodies hold no other event's object. */
export const bare = {
  branch_protection_configuration: 'repository action',
  github_app_authorization: '!repository !organization !installation',
  organization: 'organization !repository',
  public: 'repository !action',
  repository: 'repository action',
  watch: 'repository action',
}

/** Bodies that pass as another event all the same: repository, sender and action are all that they hold. */
const alike = ['branch_protection_configuration', 'repository', 'watch']

/** Keys that every body may hold, whatever its event. */
const common = ['action', 'repository', 'sender', 'organization', 'installation', 'enterprise']

/** Paths by which a body is told; the parts of one row are all needed, of `a|b` one is. */
const needed = Object.values(bodies).flatMap((row) => row.split(' ').filter((path) => !path.startsWith('!')))
const subjects = [...new Set(needed.flatMap((path) => path.split('|')).map((path) => path.split('.')[0]))]

/** What a bare event's body does not hold. */
export const foreign = ['installation.account', ...subjects.filter((key) => !common.includes(key))].map(
  (path) => `!${path}`,
)

/** The rows of `bodies` with those of the bare events: these hold no subject of any other. */
export const rules = {
  ...Object.fromEntries(Object.entries(bodies).map(([event, row]) => [event, row.split(' ')])),
  ...Object.fromEntries(Object.entries(bare).map(([event, row]) => [event, [...row.split(' '), ...foreign]])),
}

/**
 * Events that cannot honestly repeat byte for byte, with the path that makes each body different.
 * `once`: the subject is born, ends or reaches a stage, and its id (or time of birth) is never given again. `stamp`: a time or hash that moves with every such event.
 */
export const guarded = [
  ['branch_protection_rule', ['created', 'deleted'], 'rule.id', 'once'],
  ['check_run', ['created'], 'check_run.id', 'once'],
  ['check_run', ['completed'], 'check_run.completed_at', 'stamp'],
  ['check_suite', ['requested'], 'check_suite.id', 'once'],
  ['check_suite', ['completed'], 'check_suite.updated_at', 'stamp'],
  ['commit_comment', ['created'], 'comment.id', 'once'],
  ['dependabot_alert', ['created'], 'alert.created_at', 'once'],
  ['deploy_key', ['created', 'deleted'], 'key.id', 'once'],
  ['deployment', ['created'], 'deployment.id', 'once'],
  ['deployment_status', ['created'], 'deployment_status.id', 'once'],
  ['discussion', ['created', 'deleted'], 'discussion.id', 'once'],
  ['discussion_comment', ['created', 'deleted'], 'comment.id', 'once'],
  ['fork', [], 'forkee.id', 'once'],
  ['installation', ['created', 'deleted'], 'installation.id', 'once'],
  ['issue_comment', ['created', 'deleted'], 'comment.id', 'once'],
  ['issue_comment', ['edited'], 'comment.updated_at', 'stamp'],
  ['issues', ['opened', 'deleted'], 'issue.id', 'once'],
  [
    'issues',
    [
      ...['assigned', 'closed', 'demilestoned', 'edited', 'labeled', 'locked', 'milestoned', 'reopened', 'transferred'],
      ...['unassigned', 'unlabeled', 'unlocked'],
    ],
    'issue.updated_at',
    'stamp',
  ],
  ['label', ['created', 'deleted'], 'label.id', 'once'],
  ['meta', ['deleted'], 'hook_id', 'once'],
  ['milestone', ['created', 'deleted'], 'milestone.id', 'once'],
  ['milestone', ['closed', 'opened', 'edited'], 'milestone.updated_at', 'stamp'],
  ['package', ['published'], 'package.package_version.id', 'once'],
  ['page_build', [], 'id', 'once'],
  ['project', ['created', 'deleted'], 'project.id', 'once'],
  ['project_card', ['created', 'deleted'], 'project_card.id', 'once'],
  ['project_column', ['created', 'deleted'], 'project_column.id', 'once'],
  ['projects_v2_item', ['created', 'deleted'], 'projects_v2_item.id', 'once'],
  ['pull_request', ['opened'], 'pull_request.id', 'once'],
  [
    'pull_request',
    [
      ...['assigned', 'closed', 'converted_to_draft', 'demilestoned', 'edited', 'labeled', 'locked', 'milestoned'],
      ...['ready_for_review', 'reopened', 'review_request_removed', 'review_requested', 'synchronize', 'unassigned'],
      ...['unlabeled', 'unlocked'],
    ],
    'pull_request.updated_at',
    'stamp',
  ],
  ['pull_request_review', ['submitted', 'dismissed'], 'review.id', 'once'],
  ['pull_request_review_comment', ['created', 'deleted'], 'comment.id', 'once'],
  ['pull_request_review_comment', ['edited'], 'comment.updated_at', 'stamp'],
  ['push', [], 'repository.pushed_at', 'stamp'],
  ['release', ['created', 'deleted'], 'release.id', 'once'],
  ['release', ['published'], 'release.published_at', 'stamp'],
  ['repository', ['created', 'deleted'], 'repository.id', 'once'],
  ['repository_vulnerability_alert', ['create'], 'alert.id', 'once'],
  ['security_advisory', ['published', 'updated', 'withdrawn'], 'security_advisory.updated_at', 'stamp'],
  ['sponsorship', ['created'], 'sponsorship.node_id', 'once'],
  ['star', ['created'], 'starred_at', 'once'],
  ['status', [], 'id', 'once'],
  ['team', ['created', 'deleted'], 'team.id', 'once'],
  ['workflow_job', ['completed', 'in_progress', 'queued', 'waiting'], 'workflow_job.id', 'once'],
  ['workflow_run', ['completed', 'in_progress', 'requested'], 'workflow_run.updated_at', 'stamp'],
]

/** Why the others may repeat, for the events that have examples. */
export const repeating = {
  branch_protection_rule: 'edited: in the examples the stamp of a rule does not move with an edit',
  check_run: 'rerequested, requested_action: pressing the button again changes nothing in the body',
  check_suite: 'rerequested: as above',
  code_scanning_alert: 'the examples of fixed and reopened have no time of their own',
  create: 'a branch can be made, deleted and made again; the reference has no id',
  delete: 'as create',
  dependabot_alert: 'not decided: one example',
  deployment_review: 'a review has no id',
  discussion:
    'in the examples labeled, pinned and edited share one stamp, hours after locked and unlocked share another: it does not move',
  discussion_comment: 'edited: in the examples the stamp does not move',
  github_app_authorization: 'action and sender only',
  gollum: 'not decided: the hash of a page is not seen to move',
  installation: 'suspend, unsuspend, new_permissions_accepted: no stamp of their own',
  installation_repositories: 'a repository can be added, removed and added again',
  issues: 'pinned, unpinned: the stamp does not move; other and newer actions are not in the examples',
  label: 'edited: no stamp',
  marketplace_purchase: 'the date is that of the bill',
  member: 'no stamp',
  membership: 'no stamp',
  merge_group: 'not decided: one example',
  organization: 'no stamp',
  org_block: 'no stamp',
  package: 'updated: not in the examples',
  ping: 'a hook can be pinged at will',
  project: 'other actions: no stamp that is seen to move',
  project_card: 'moved: in the examples the stamp does not move',
  project_column: 'edited: as project_card',
  projects_v2_item: 'in the examples reordered and converted share one stamp',
  public: 'repository and sender only',
  pull_request: 'auto_merge, enqueued, dequeued: not in the examples',
  pull_request_review: 'edited: no stamp but the time of submission',
  pull_request_review_thread: 'can be resolved, unresolved and resolved again; no stamp of its own',
  release: 'edited, released, prereleased: no stamp but the times of creation and publication',
  repository: 'other actions: the stamps do not belong to the action',
  repository_dispatch: 'whatever the caller sends',
  repository_import: 'a word',
  repository_vulnerability_alert: 'dismiss: as dependabot_alert',
  sponsorship: 'other actions: no stamp',
  star: 'deleted: starred_at is null',
  team: 'other actions: no stamp',
  team_add: 'no stamp',
  watch: 'repository and sender only',
  workflow_dispatch: 'whatever the caller sends',
}

/** Event and action, as the receiver names them. */
export function typeOf({ event, payload }) {
  return typeof payload.action === 'string' ? `${event}.${payload.action}` : event
}

/** Stamp path by type. */
export const stamps = Object.fromEntries(
  guarded.flatMap(([event, actions, path]) =>
    actions.length === 0 ? [[event, path]] : actions.map((action) => [`${event}.${action}`, path]),
  ),
)

function valueAt(payload, path) {
  return path
    .split('.')
    .reduce((value, key) => (value === null || value === undefined ? undefined : value[key]), payload)
}

function matches(event, payload) {
  const holds = (path) => path.split('|').some((one) => valueAt(payload, one) !== undefined)
  return rules[event].every((path) => (path.startsWith('!') ? !holds(path.slice(1)) : holds(path)))
}

function sameSubject(a, b, path) {
  const [subject] = path.split('.')
  return a[subject]?.id !== undefined && a[subject].id === b[subject]?.id
}

/** Every decision that the examples contradict, one sentence each. */
export function problems() {
  const found = []
  const events = [...new Set(examples.map(({ event }) => event))]
  for (const event of events) {
    if (rules[event] === undefined) found.push(`${event} has no row in bodies`)
    const known = guarded.some(([name]) => name === event) || event in repeating
    if (!known) found.push(`${event} is neither guarded nor repeating`)
  }
  for (const { event, payload } of examples) {
    if (!matches(event, payload)) found.push(`an example of ${event} does not match its own row`)
    for (const other of Object.keys(rules)) {
      if (other === event || !matches(other, payload) || (alike.includes(event) && alike.includes(other))) continue
      found.push(`a body of ${typeOf({ event, payload })} passes as ${other}`)
    }
    const path = stamps[typeOf({ event, payload })]
    if (path === undefined) continue
    const stamp = valueAt(payload, path)
    if (!(typeof stamp === 'number' || (typeof stamp === 'string' && stamp !== ''))) {
      found.push(`an example of ${typeOf({ event, payload })} has no ${path}`)
    }
  }
  for (const [event, , path, kind] of guarded) if (kind === 'stamp') found.push(...stampProblems(event, path))
  return [...new Set(found)]
}

/** A stamp counts where an example shows it moved: away from the time of creation, or between two states of one subject. */
function stampProblems(event, path) {
  const own = examples
    .filter((one) => one.event === event && stamps[typeOf(one)] === path)
    .map(({ payload }) => payload)
  const all = examples.filter((one) => one.event === event).map(({ payload }) => payload)
  const subject = path.split('.').slice(0, -1).join('.')
  const moved = all.some((payload) => {
    const created = subject === '' ? undefined : valueAt(payload, `${subject}.created_at`)
    if (created !== undefined && valueAt(payload, path) !== created) return true
    return all.some((other) => sameSubject(payload, other, path) && valueAt(other, path) !== valueAt(payload, path))
  })
  if (own.length === 0) return [`${event}: no example holds ${path}`]
  const first = own[0]
  const varies = own.some((payload) => valueAt(payload, path) !== valueAt(first, path))
  return moved || varies ? [] : [`${event}: no example shows that ${path} moves`]
}
