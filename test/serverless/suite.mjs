/** Runs cases one after another, says each failure, and counts. */
export class Suite {
  passed = 0
  failed = 0

  async run(name, cases) {
    const begun = performance.now()
    const before = { passed: this.passed, failed: this.failed }
    for (const { title, run } of cases) {
      try {
        await run()
        this.passed++
      } catch (error) {
        this.failed++
        console.log(
          `FAIL ${name}: ${title}\n     ${error?.stack ?? error}${error?.cause ? `\n     ${error.cause}` : ''}`,
        )
      }
    }
    const [passed, failed] = [this.passed - before.passed, this.failed - before.failed]
    console.log(`${name}: ${passed} passed, ${failed} failed (${((performance.now() - begun) / 1000).toFixed(1)} s)`)
  }
}
