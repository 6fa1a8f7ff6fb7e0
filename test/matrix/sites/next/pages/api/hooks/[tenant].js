import { nextPagesHandler } from 'hookproof/next-pages'
import { receiver } from '../../../../../receiver.mjs'

// biome-ignore lint/style/noDefaultExport: what Next.js loads
export default nextPagesHandler(receiver)

export const config = { api: { bodyParser: false } }
