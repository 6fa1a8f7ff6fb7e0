import { pick, pickList, pickText } from '../schemes/pick.js'

/** The events of one entry: changes, names of changed fields, messages. */
export function eventsOf(payload: unknown, whole: unknown): readonly unknown[] {
  const [object, entry] = [pickText(payload, 'object'), { id: pick(whole, 'id'), time: pick(whole, 'time') }]
  const messaging = ['messaging', 'standby'].flatMap((field) =>
    pickList(whole, field).map((value) => ({ object, entry, field, value })),
  )
  const changes = pickList(whole, 'changes').flatMap((change) =>
    valuesOf(pick(change, 'value')).map((value) => ({ object, entry, field: pick(change, 'field'), value })),
  )
  // Where an app does not ask for values, only the names come.
  const named = pickList(whole, 'changed_fields').map((field) => ({ object, entry, field, value: {} }))
  return [...changes, ...named, ...messaging]
}

/** A value with several messages or statuses, once for each of them. */
function valuesOf(value: unknown): readonly unknown[] {
  const lists = ['messages', 'statuses'].filter((name) => pickList(value, name).length > 0)
  if (lists.length === 0) return [value]
  const { messages: _, statuses: __, ...rest } = value as Record<string, unknown> // it has one of the two
  return lists.flatMap((name) => pickList(value, name).map((one) => ({ ...rest, [name]: [one] })))
}
