/** What most of GitLab's payloads have in common; a webhook with a template of its own may send anything. */
export interface GitLabPayload {
  readonly object_kind?: string
  /** System hooks, members, groups and projects. */
  readonly event_name?: string
  readonly user?: {
    readonly id: number
    readonly name: string
    readonly username: string
    readonly [field: string]: unknown
  }
  readonly project?: {
    readonly id: number
    readonly name: string
    readonly path_with_namespace: string
    readonly web_url: string
    readonly [field: string]: unknown
  }
  readonly object_attributes?: { readonly id?: number; readonly action?: string; readonly [field: string]: unknown }
  readonly changes?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

type Kind =
  | 'push'
  | 'tag_push'
  | 'repository_update'
  | 'pipeline'
  | 'build'
  | 'deployment'
  | 'feature_flag'
  | 'access_token'
  | 'vulnerability'
  | 'user_add_to_group'
  | 'user_update_for_group'
  | 'user_remove_from_group'
  | 'user_access_request_to_group'
  | 'user_access_request_denied_for_group'
  | 'user_add_to_team'
  | 'user_update_for_team'
  | 'user_remove_from_team'
  | 'subgroup_create'
  | 'subgroup_destroy'
  | 'project_create'
  | 'project_destroy'
  | 'project_rename'
  | 'project_transfer'
  | 'project_update'
  | 'group_create'
  | 'group_destroy'
  | 'group_rename'
  | 'user_create'
  | 'user_destroy'
  | 'user_rename'
  | 'user_failed_login'
  | 'key_create'
  | 'key_destroy'
type Action =
  | `${'issue' | 'work_item'}.${'open' | 'close' | 'reopen' | 'update'}`
  | `merge_request.${'open' | 'close' | 'reopen' | 'update' | 'approved' | 'unapproved' | 'approval' | 'unapproval' | 'merge'}`
  | `${'wiki_page' | 'release'}.${'create' | 'update' | 'delete'}`
  | `note.${'create' | 'update'}`
  | `milestone.${'create' | 'close' | 'reopen' | 'update' | 'delete'}`
  | `emoji.${'award' | 'revoke'}`

type ByName = { readonly [Type in Kind | Action]: GitLabPayload }
/** `object_kind`, with `.action` where there is one; else `event_name`. */
export interface GitLabEvents extends ByName {}
