/** A payload of Bitbucket Cloud. */
export interface BitbucketPayload {
  readonly actor?: { readonly display_name?: string; readonly uuid?: string; readonly [field: string]: unknown }
  readonly repository?: { readonly full_name?: string; readonly uuid?: string; readonly [field: string]: unknown }
  readonly push?: { readonly changes: readonly Readonly<Record<string, unknown>>[] }
  readonly pullrequest?: { readonly id: number; readonly title: string; readonly [field: string]: unknown }
  readonly issue?: { readonly id: number; readonly title: string; readonly [field: string]: unknown }
  readonly comment?: { readonly id: number; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/** A payload of Bitbucket Data Center. */
export interface BitbucketServerPayload {
  /** Missing in `diagnostics:ping`. */
  readonly eventKey?: string
  readonly date?: string
  readonly actor?: Readonly<Record<string, unknown>>
  readonly repository?: Readonly<Record<string, unknown>>
  readonly pullRequest?: { readonly id: number; readonly title: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

type Cloud =
  | `repo:${'push' | 'fork' | 'updated' | 'transfer' | 'created' | 'deleted'}`
  | `repo:commit_${'comment_created' | 'status_created' | 'status_updated'}`
  | `issue:${'created' | 'updated' | 'comment_created'}`
  | `pullrequest:${'created' | 'updated' | 'approved' | 'unapproved' | 'fulfilled' | 'rejected' | 'push'}`
  | `pullrequest:changes_request_${'created' | 'removed'}`
  | `pullrequest:comment_${'created' | 'updated' | 'deleted' | 'resolved' | 'reopened'}`
type Server =
  | 'diagnostics:ping'
  | `repo:${'refs_changed' | 'modified' | 'forked' | 'secret_detected' | 'comment:added' | 'comment:edited' | 'comment:deleted'}`
  | `pr:${'opened' | 'modified' | 'from_ref_updated' | 'merged' | 'declined' | 'deleted'}`
  | `pr:reviewer:${'updated' | 'approved' | 'unapproved' | 'needs_work' | 'changes_requested'}`
  | `pr:comment:${'added' | 'edited' | 'deleted'}`
  | 'mirror:repo_synchronized'

type ByCloud = { readonly [Key in Cloud]: BitbucketPayload }
type ByServer = { readonly [Key in Server]: BitbucketServerPayload }
/** By the event key. */
export interface BitbucketEvents extends ByCloud, ByServer {}
