import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What went to PostgreSQL since the counters were last set to zero. */
export interface Traffic {
  /** Bursts from the client that followed an answer: how often somebody waited for PostgreSQL. */
  roundTrips: number;
  /** Statements that were executed, `begin` and `commit` among them. */
  statements: number;
}

export interface CountingProxy {
  port: number;
  /** Counts of connections whose `application_name` passes; the machinery beside the requests has names of its own. */
  take(counts: (applicationName: string) => boolean): Traffic;
  close(): void;
}

interface Line extends Traffic {
  name: string;
  answered: boolean;
}

/** Stands between a server and its PostgreSQL, passes every byte on and reads the frontend protocol on the way. */
export async function startCountingProxy(target: { host: string; port: number }): Promise<CountingProxy> {
  const lines = new Set<Line>();
  const path = `${target.host}/.s.PGSQL.${target.port}`;
  const server = createServer((client) => {
    const line: Line = { name: '', answered: true, roundTrips: 0, statements: 0 };
    lines.add(line);
    forward(client, connect(path), line);
    client.on('close', () => lines.delete(line));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    take(counts) {
      const traffic: Traffic = { roundTrips: 0, statements: 0 };
      for (const line of lines) {
        if (counts(line.name)) {
          traffic.roundTrips += line.roundTrips;
          traffic.statements += line.statements;
        }
        line.roundTrips = 0;
        line.statements = 0;
      }
      return traffic;
    },
    close: () => void server.close(),
  };
}

function forward(client: Socket, database: Socket, line: Line): void {
  const count = messageCounter(line);
  client.setNoDelay(true);
  client.on('data', (bytes) => {
    if (line.answered) line.roundTrips++;
    line.answered = false;
    count(bytes);
    database.write(bytes);
  });
  database.on('data', (bytes) => {
    line.answered = true;
    client.write(bytes);
  });
  for (const [one, other] of [
    [client, database],
    [database, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

const EXECUTE = 'E'.charCodeAt(0);
const QUERY = 'Q'.charCodeAt(0);

/** Follows the messages of one connection: the first has no type byte and names the application, `E` and `Q` run something. */
function messageCounter(line: Line): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  return (bytes) => {
    rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
    for (;;) {
      const header = started ? 5 : 4;
      if (rest.length < header) return;
      const length = rest.readUInt32BE(header - 4) + header - 4;
      if (rest.length < length) return;
      if (!started) line.name = /application_name\0([^\0]*)\0/.exec(rest.toString('latin1', 8, length))?.[1] ?? '';
      else if (rest[0] === EXECUTE || rest[0] === QUERY) line.statements++;
      started = true;
      rest = rest.subarray(length);
    }
  };
}
