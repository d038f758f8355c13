import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

function certificate(name: string): string {
  return readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), 'utf8');
}

/** Trust this authority (`extraCertificateAuthorities`) to reach a receiver by any name of certificates/README.md. */
export const TEST_AUTHORITY = certificate('authority');

export interface Receiver {
  port: number;
  /** Requests received so far. */
  hits: number;
}

/** A real HTTPS server on a loopback address, closed when the test ends. */
export async function startReceiver(
  t: TestContext,
  listener: RequestListener,
  options: ServerOptions & { address?: string; port?: number } = {},
): Promise<Receiver> {
  const { address = '127.0.0.1', port = 0, ...tls } = options;
  const receiver: Receiver = { port: 0, hits: 0 };
  const server: Server = createServer(
    { key: certificate('server-key'), cert: certificate('server'), ...tls },
    (req, res) => {
      receiver.hits += 1;
      listener(req, res);
    },
  );
  server.listen(port, address);
  await once(server, 'listening');
  receiver.port = (server.address() as AddressInfo).port;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return receiver;
}
