// Sends every delivery to any of the workers, and again until it is answered 2xx.
import { writeFileSync } from 'node:fs'
import { deliverAll, eventNames, plan } from './deliveries.mjs'
import { post } from './post.mjs'

const { folder, ports, deliveries, events, ...options } = JSON.parse(process.env.STORM)

const queue = plan(eventNames(events), deliveries)
const anyPort = () => ports[Math.floor(Math.random() * ports.length)]
const { statuses, acknowledged } = await deliverAll(queue, options, (delivery) => post(anyPort(), delivery))
writeFileSync(`${folder}/acknowledged.log`, `${acknowledged.join('\n')}\n`)
process.send({ statuses })
process.exit(0)
