/** What a list of effects, one id each, says about the events that were sent. Knows nothing of a store. */
export function judge(events, effects) {
  const counts = new Map(events.map((id) => [id, 0]))
  for (const id of effects) if (counts.has(id)) counts.set(id, counts.get(id) + 1)
  const all = [...counts.values()]
  return {
    events: events.length,
    effects: all.reduce((sum, count) => sum + count, 0),
    lost: all.filter((count) => count === 0).length,
    doubled: all.filter((count) => count > 1).length,
  }
}
