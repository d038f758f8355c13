import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

/**
 * Bare `node:http` with one prepared SELECT of a user by id, as one would write it by hand: the pool of `pg`, no tenant,
 * no row-level security (the superuser's connection), nothing unsealed.
 */
interface Settings {
  connection: pg.ClientConfig;
  headers: Record<string, string>;
}

const POOL_SIZE = 8;
const TEXT = `select id, encode(name, 'base64') as name, encode(email, 'base64') as email, role, status, plan, metadata,
  last_login, created_at, updated_at from identity.users where id = $1`;

process.once('message', ({ connection, headers }: Settings) => {
  const pool = new pg.Pool({ ...connection, max: POOL_SIZE });
  const server = createServer((request, response) => {
    const id = request.url!.slice(request.url!.lastIndexOf('/') + 1);
    pool.query({ name: 'user', text: TEXT, values: [id] }).then(
      ({ rows }) => {
        const body = JSON.stringify(rows[0]);
        response.writeHead(rows.length === 1 ? 200 : 404, { ...headers, 'content-length': Buffer.byteLength(body) });
        response.end(body);
      },
      (error: Error) => {
        response.writeHead(500);
        response.end(error.message);
      },
    );
  });
  server.keepAliveTimeout = 72_000;
  server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
});
process.once('disconnect', () => process.exit(0));
