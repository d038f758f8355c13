import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Bare `node:http` that sends one answer, told by the parent: the same head and body that our server sends. The body is a
 * string because that is the fastest way there is: Node then writes head and body at once.
 */
interface StaticAnswer {
  headers: Record<string, string>;
  body: string;
}

process.once('message', ({ headers, body }: StaticAnswer) => {
  const server = createServer((_request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });
  server.keepAliveTimeout = 72_000;
  server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
});
process.once('disconnect', () => process.exit(0));
