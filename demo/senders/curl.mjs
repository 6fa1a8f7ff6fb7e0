/** Deliveries to type into a shell: signed by openssl on the spot, so that their timestamps are fresh. */
export function curlLines(origin, secrets) {
  const post = (path, headers) =>
    ['curl -i -X POST', ...headers.map((header) => `-H "${header}"`), `--data-binary "$body" ${origin}${path}`].join(
      ' ',
    )
  const hex = (secret, input) => `printf %s "${input}" | openssl dgst -sha256 -hmac '${secret}' | sed 's/^.* //'`
  const json = 'content-type: application/json'
  const line = (...parts) => parts.join('; ')
  const key = Buffer.from(secrets['standard-webhooks'][0].slice('whsec_'.length), 'base64').toString('hex')

  return [
    line(
      `id=$(openssl rand -hex 16)`,
      `body="{\\"ref\\":\\"refs/heads/main\\",\\"before\\":\\"0\\",\\"after\\":\\"$id\\",\\"commits\\":[],\\"pusher\\":{}}"`,
      `signature=$(${hex(secrets.github[0], '$body')})`,
      post('/github', [
        json,
        'x-github-event: push',
        'x-github-delivery: $id',
        'x-hub-signature-256: sha256=$signature',
      ]),
    ),
    line(
      `now=$(date +%s)`,
      `body="{\\"id\\":\\"evt_$(openssl rand -hex 12)\\",\\"object\\":\\"event\\",\\"type\\":\\"invoice.paid\\",\\"created\\":$now,\\"data\\":{\\"object\\":{}}}"`,
      `signature=$(${hex(secrets.stripe[0], '$now.$body')})`,
      post('/stripe', [json, 'stripe-signature: t=$now,v1=$signature']),
    ),
    line(
      `now=$(date +%s)`,
      `body="{\\"type\\":\\"event_callback\\",\\"event_id\\":\\"Ev$(openssl rand -hex 5)\\",\\"event_time\\":$now,\\"event\\":{\\"type\\":\\"app_mention\\"}}"`,
      `signature=$(${hex(secrets.slack[0], 'v0:$now:$body')})`,
      post('/slack', [json, 'x-slack-request-timestamp: $now', 'x-slack-signature: v0=$signature']),
    ),
    line(
      `now=$(date +%s)`,
      `id=msg_$(openssl rand -hex 12)`,
      `body='{"type":"order.created","data":{}}'`,
      `signature=$(printf %s "$id.$now.$body" | openssl dgst -sha256 -mac HMAC -macopt hexkey:${key} -binary | openssl base64 -A)`,
      post('/standard-webhooks', [
        json,
        'webhook-id: $id',
        'webhook-timestamp: $now',
        'webhook-signature: v1,$signature',
      ]),
    ),
    line(
      `now=$(date +%s)`,
      `body="{\\"event\\":\\"order.paid\\",\\"id\\":\\"$(openssl rand -hex 8)\\"}"`,
      `signature=$(${hex(secrets.hmac[0], '$now.$body')})`,
      post('/hmac', [json, 'x-shop-timestamp: $now', 'x-shop-signature: sha256=$signature']),
    ),
  ]
}
