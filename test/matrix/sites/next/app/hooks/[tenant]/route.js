import { fetchHandler } from 'hookproof/fetch'
import { receiver } from '../../../../../receiver.mjs'

const handler = fetchHandler(receiver)

export { handler as POST, handler as PUT }
