import { fileURLToPath } from 'node:url'

// biome-ignore lint/style/noDefaultExport: what Next.js loads
export default {
  // hookproof and the receiver are two folders up.
  turbopack: { root: fileURLToPath(new URL('../..', import.meta.url)) },
}
