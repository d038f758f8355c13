import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { after, before, test } from 'node:test';
import { type TestApp, testApp } from '../support/app.ts';

/** The retry function as the description of /v1 prints it, letter by letter. */
const PRINTED = `
def make_request_with_retry(url, max_retries=3):
    for attempt in range(max_retries):
        response = requests.get(url)
        
        if response.status_code == 429:
            retry_after = int(response.headers.get('Retry-After', 60))
            time.sleep(retry_after)
            continue
            
        if response.status_code in [502, 503, 504]:
            time.sleep(2 ** attempt)  # Exponential backoff
            continue
            
        return response
    
    raise Exception("Max retries exceeded")
`;

/** What stands around it: a session that sends the key, made of Python's own library, and what it got. */
const AROUND = `
import json, os, sys, time, urllib.request, urllib.error
class Session:
    def get(self, url):
        request = urllib.request.Request(url, headers={'X-API-Key': os.environ['API_KEY']})
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        answer.status_code = answer.status
        print(json.dumps([answer.status, time.time()]), flush=True)
        return answer
requests = Session()
`;

/** The same loop in our language, for machines without Python. */
async function retry(get: () => Promise<Response>, sleep: (seconds: number) => void, attempts = 3): Promise<Response> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const response = await get();
    if (response.status === 429) sleep(Number.parseInt(response.headers.get('retry-after') ?? '60', 10));
    else if ([502, 503, 504].includes(response.status)) sleep(2 ** attempt);
    else return response;
  }
  throw new Error('Max retries exceeded');
}

let app: TestApp;
let platformToken: string;
before(async () => {
  app = await testApp();
  platformToken = await app.platformToken();
});
after(() => app?.close());

/** A key whose organisation has used its minute up, so that it is admitted again in about two seconds. */
async function exhaustedKey(): Promise<string> {
  const organization = await app.organization();
  const body = { request_limits: { per_minute: 1 } };
  await app.request('PATCH', `/organizations/${organization.id}`, { token: platformToken, body });
  const key = await app.key(organization);
  assert.equal((await app.request('GET', '/v1/users', { headers: { 'x-api-key': key } })).status, 200);
  app.clock.advance(58_500);
  return key;
}

test('V1-98 the printed loop gets through a 429 by waiting Retry-After, and no sooner', async () => {
  const key = await exhaustedKey();
  const waited: number[] = [];
  const get = () => fetch(`${app.baseUrl}/v1/users`, { headers: { 'x-api-key': key } });
  const answer = await retry(get, (seconds) => {
    waited.push(seconds);
    app.clock.advance(seconds * 1_000);
  });
  assert.deepEqual([answer.status, waited], [200, [2]]);
});

test('V1-98 the printed Python function runs unmodified through 429 and 503 to its answer', async (t) => {
  const python = spawnSync('python3', ['--version']).status === 0;
  if (!python) {
    t.diagnostic('There is no python3 on this machine; the test before this one runs the same loop without it.');
    return;
  }
  const key = await exhaustedKey();
  const front = await unavailableOnce();
  try {
    const { port } = front.address() as { port: number };
    const call = `answer = make_request_with_retry('http://127.0.0.1:${port}/v1/users')\nprint(answer.read().decode())`;
    const child = spawn('python3', ['-c', `${AROUND}${PRINTED}${call}`], { env: { ...process.env, API_KEY: key } });
    let output = '';
    let faults = '';
    child.stderr.on('data', (chunk) => {
      faults += chunk;
    });
    child.stdout.on('data', (chunk) => {
      // The clock of the server stands still; it goes on while the client sleeps.
      if (String(chunk).includes('[429')) app.clock.advance(2_000);
      output += chunk;
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(status, 0, faults);
    const [unavailable, refused, admitted, body] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual([unavailable[0], refused[0], admitted[0]], [503, 429, 200]);
    assert.ok(refused[1] - unavailable[1] >= 1 && admitted[1] - refused[1] >= 2, 'it slept as it was told');
    assert.equal(body.total, 0);
  } finally {
    front.closeAllConnections();
    front.close();
  }
});

/** Stands before the server and is away for the first request. */
async function unavailableOnce(): Promise<Server> {
  let first = true;
  const server = createServer(async (request, response) => {
    if (first) {
      first = false;
      response.writeHead(503).end();
      return;
    }
    const headers = { 'x-api-key': String(request.headers['x-api-key']) };
    const answer = await fetch(`${app.baseUrl}${request.url}`, { headers });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
