import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for database files, removed by `remove`. */
export function sqliteFolder(): { readonly file: (name?: string) => string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'hookproof-sqlite-'))
  let files = 0
  return {
    file: (name = `${files++}.db`) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
