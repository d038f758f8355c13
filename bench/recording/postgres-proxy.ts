import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What somebody who looks at one session is told, in the order in which it happens. */
export interface SessionObserver {
  /** The session's `application_name`; the machinery beside the requests has names of its own. */
  named(applicationName: string): void;
  /** A message from the client, by the letter of its type ("Message Formats" in PostgreSQL's manual). */
  message(type: string, body: Buffer): void;
  /** The client sends something and has no answer outstanding: somebody waits for PostgreSQL. */
  asked?(): void;
  closed?(): void;
}

export interface PostgresProxy {
  port: number;
  close(): void;
}

/** Stands between a server and its PostgreSQL, passes every byte on and reads the frontend protocol on the way. */
export async function startPostgresProxy(
  target: { host: string; port: number },
  observe: () => SessionObserver,
): Promise<PostgresProxy> {
  const path = `${target.host}/.s.PGSQL.${target.port}`;
  const server = createServer((client) => forward(client, connect(path), observe()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

function forward(client: Socket, database: Socket, observer: SessionObserver): void {
  const read = messageReader(observer);
  let answered = true;
  client.setNoDelay(true);
  client.on('data', (bytes) => {
    if (answered) observer.asked?.();
    answered = false;
    read(bytes);
    database.write(bytes);
  });
  database.on('data', (bytes) => {
    answered = true;
    client.write(bytes);
  });
  client.on('close', () => observer.closed?.());
  for (const [one, other] of [
    [client, database],
    [database, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

/** Follows the messages of one session: the first has no type byte and names the application. */
function messageReader(observer: SessionObserver): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  return (bytes) => {
    rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
    for (;;) {
      const header = started ? 5 : 4;
      if (rest.length < header) return;
      const length = rest.readUInt32BE(header - 4) + header - 4;
      if (rest.length < length) return;
      if (started) observer.message(String.fromCharCode(rest[0]!), rest.subarray(header, length));
      else observer.named(/application_name\0([^\0]*)\0/.exec(rest.toString('latin1', 8, length))?.[1] ?? '');
      started = true;
      rest = rest.subarray(length);
    }
  };
}
