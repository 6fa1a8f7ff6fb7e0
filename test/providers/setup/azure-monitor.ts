export { oneProof as setup } from './_proofs.js'
