// What the examples in README and docs take from the reader's own program.
declare const app: import('express').Express
declare const audit: (event: import('hookproof').WebhookEvent) => Promise<void>
