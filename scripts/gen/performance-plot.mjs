// docs/performance.svg: time against body size, from the first of the results.
import { plot, results } from '../../test/bench/lib/report.mjs'

export const file = 'docs/performance.svg'

export const render = () => plot(results()[0])
