import { startPostgresProxy } from './postgres-proxy.ts';

/** Statements that went to PostgreSQL in one go and were answered as one, up to their Sync. */
export interface RecordedFlight {
  /** Which session sent it, by its `application_name` and a number. */
  session: string;
  statements: RecordedStatement[];
}

export interface RecordedStatement {
  text: string;
  /** Text as it is, bytes in base64: a recording travels between processes. */
  values: (string | null | { base64: string })[];
}

export interface RecordingProxy {
  port: number;
  /** What passed since it was last called, in the order of the Syncs. */
  take(): RecordedFlight[];
  close(): void;
}

export async function startRecordingProxy(target: { host: string; port: number }): Promise<RecordingProxy> {
  let flights: RecordedFlight[] = [];
  let sessions = 0;
  const proxy = await startPostgresProxy(target, () => {
    const prepared = new Map<string, string>();
    const number = sessions++;
    let session = '';
    let statements: RecordedStatement[] = [];
    return {
      named(name) {
        session = `${name} ${number}`;
      },
      message(type, body) {
        if (type === 'P') prepare(body, prepared);
        else if (type === 'B') statements.push(bound(body, prepared));
        else if (type === 'Q') statements.push({ text: body.toString('utf8', 0, body.length - 1), values: [] });
        if ((type === 'S' || type === 'Q') && statements.length > 0) {
          flights.push({ session, statements });
          statements = [];
        }
      },
    };
  });
  return {
    ...proxy,
    take() {
      const taken = flights;
      flights = [];
      return taken;
    },
  };
}

function prepare(body: Buffer, prepared: Map<string, string>): void {
  const nameEnd = body.indexOf(0);
  const textEnd = body.indexOf(0, nameEnd + 1);
  prepared.set(body.toString('utf8', 0, nameEnd), body.toString('utf8', nameEnd + 1, textEnd));
}

/** Bind: portal, statement, formats of the values, values, formats of the answer. */
function bound(body: Buffer, prepared: ReadonlyMap<string, string>): RecordedStatement {
  const portalEnd = body.indexOf(0);
  const nameEnd = body.indexOf(0, portalEnd + 1);
  const text = prepared.get(body.toString('utf8', portalEnd + 1, nameEnd)) ?? '';
  const formats = body.readInt16BE(nameEnd + 1);
  const isBinary = (index: number) =>
    formats > 0 && body.readInt16BE(nameEnd + 3 + 2 * (formats === 1 ? 0 : index)) === 1;
  let at = nameEnd + 3 + 2 * formats;
  const count = body.readInt16BE(at);
  at += 2;
  const values: RecordedStatement['values'] = [];
  for (let index = 0; index < count; index++) {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) {
      values.push(null);
      continue;
    }
    const bytes = body.subarray(at, at + length);
    values.push(isBinary(index) ? { base64: bytes.toString('base64') } : bytes.toString('utf8'));
    at += length;
  }
  return { text, values };
}
