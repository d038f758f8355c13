import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { type TestApp, testApp } from '#test/support/app.ts';
import { TEST_AUTHORITY } from '#test/support/https-receiver.ts';

const certificate = (name: string) =>
  fileURLToPath(new URL(`../../test/support/certificates/${name}.pem`, import.meta.url));
const REQUEST = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

let secure: TestApp;
let proxied: TestApp;
before(async () => {
  secure = await testApp({
    settings: { TLS_CERT_FILE: certificate('server'), TLS_KEY_FILE: certificate('server-key') },
  });
  proxied = await testApp({ settings: { HOST: '0.0.0.0', TRUSTED_PROXIES: '192.0.2.1' } });
});
after(() => Promise.all([secure?.close(), proxied?.close()]));

async function shakeHands(versions: Pick<ConnectionOptions, 'minVersion' | 'maxVersion'>): Promise<TLSSocket> {
  const socket = connect({
    port: Number(new URL(secure.baseUrl).port),
    host: '127.0.0.1',
    servername: 'localhost',
    ca: TEST_AUTHORITY,
    ...versions,
  });
  await once(socket, 'secureConnect');
  return socket;
}

async function answerOf(socket: Socket | Duplex): Promise<string> {
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer;
}

test('V1-108 GDPR-03 HIP-08 with a certificate the server speaks TLS 1.3', async () => {
  const socket = await shakeHands({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' });
  assert.deepEqual([socket.getProtocol(), socket.authorized], ['TLSv1.3', true]);
  socket.write(REQUEST);
  assert.match(await answerOf(socket), /^HTTP\/1\.1 200 OK\r\n/);
});

test('GDPR-03 HIP-08 a client that knows nothing newer than TLS 1.2 gets no connection', async () => {
  // The newest that is not allowed: whoever refuses it by an alert of its own refuses what is older too.
  await assert.rejects(shakeHands({ maxVersion: 'TLSv1.2' }), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
});

test('V2-02 GDPR-03 plain HTTP to a server with a certificate is not answered', async () => {
  const socket = connectPlain(Number(new URL(secure.baseUrl).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(REQUEST);
  const answer = await answerOf(socket).catch(() => '');
  assert.doesNotMatch(answer, /HTTP\/1\.1 200/);
});

/** A peer at an address that this machine does not have; the server takes any stream for a connection. */
function peerAt(remoteAddress: string) {
  const received: Buffer[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      received.push(chunk);
      done();
    },
  });
  Object.assign(socket, { remoteAddress });
  const ended = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(Buffer.concat(received).toString()));
    socket.once('finish', () => resolve(Buffer.concat(received).toString()));
  });
  proxied.platform.app.server.emit('connection', socket);
  if (!socket.destroyed) socket.push(REQUEST);
  return ended;
}

test('V2-02 GDPR-03 behind a declared proxy plain HTTP is answered to the proxy and to this machine, and to nobody else', async () => {
  for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '127.0.0.1', '::1']) {
    assert.match(await peerAt(address), /^HTTP\/1\.1 200 OK\r\n/, address);
  }
  for (const address of ['192.0.2.2', '203.0.113.9', '::ffff:203.0.113.9', '2001:db8::1', '']) {
    assert.equal(await peerAt(address), '', address);
  }
});
