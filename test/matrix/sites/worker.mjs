import { fetchHandler } from 'hookproof/fetch'
import { receiver } from '../receiver.mjs'

const handler = fetchHandler(receiver)

// biome-ignore lint/style/noDefaultExport: what Workers call
export default {
  fetch: (request) => handler(request, { params: { tenant: new URL(request.url).pathname.split('/').at(-1) } }),
}
