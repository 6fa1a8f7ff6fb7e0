import { nextPagesHandler } from 'hookproof/next-pages'
import { receiver } from '../../../../receiver.mjs'

// Next.js parses the body of this one first: what happens where `config` was forgotten.
// biome-ignore lint/style/noDefaultExport: what Next.js loads
export default nextPagesHandler(receiver)
