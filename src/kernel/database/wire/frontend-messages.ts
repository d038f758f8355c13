import type { Statement } from '../statement.ts';

/**
 * The five messages of PostgreSQL's extended query protocol that we send ("Message Formats" in its manual), written one
 * behind the other into one buffer. `pg` makes a buffer of each and hands them to the socket one by one, which is most of
 * what a small statement costs.
 */
const PARSE = 0x50;
const BIND = 0x42;
/** Of the unnamed portal, without a limit of rows. */
const DESCRIBE = Buffer.from('44000000065000', 'hex');
const EXECUTE = Buffer.from('45000000090000000000', 'hex');
const SYNC = Buffer.from('5300000004', 'hex');

const FIRST_CAPACITY = 16 * 1024;
/** A larger buffer than this is not kept for the next flight. */
const KEPT_CAPACITY = 1024 * 1024;

let buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
let end = 0;

/** Parse of each statement, and Sync. */
export function encodeParsing(statements: readonly Statement[]): Buffer {
  end = 0;
  for (const statement of statements) writeParse(statement);
  writeBytes(SYNC);
  return taken();
}

/**
 * Bind and Execute of each statement, and one Sync. Errors: what turning a value into text throws; nothing is sent then.
 * @param describe whether PostgreSQL shall tell the columns of a statement
 */
export function encodeFlight(statements: readonly Statement[], describe: (statement: Statement) => boolean): Buffer {
  end = 0;
  for (const statement of statements) {
    if (!statement.name) writeParse(statement);
    writeBind(statement);
    if (describe(statement)) writeBytes(DESCRIBE);
    writeBytes(EXECUTE);
  }
  writeBytes(SYNC);
  return taken();
}

function writeParse({ name = '', text }: Statement): void {
  const start = open(PARSE);
  writeCString(name);
  writeCString(text);
  // No types: PostgreSQL infers them from the text.
  writeInt16(0);
  close(start);
}

function writeBind({ name = '', values }: Statement): void {
  const start = open(BIND);
  writeCString('');
  writeCString(name);
  const mapped = values.map(toWire);
  writeInt16(mapped.length);
  for (const value of mapped) writeInt16(value instanceof Buffer ? 1 : 0);
  writeInt16(mapped.length);
  for (const value of mapped) writeValue(value);
  // Every column of the answer as text.
  writeInt16(0);
  close(start);
}

/** A value as PostgreSQL reads it: arrays as array literals, other objects as JSON, bytes as they are. */
function toWire(value: unknown): string | Buffer | null {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Buffer) return value;
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? arrayLiteral(value) : JSON.stringify(value);
}

function arrayLiteral(values: readonly unknown[]): string {
  let text = '{';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ',';
    text += Array.isArray(values[index]) ? arrayLiteral(values[index] as unknown[]) : elementOf(toWire(values[index]));
  }
  return `${text}}`;
}

function elementOf(value: string | Buffer | null): string {
  if (value === null) return 'NULL';
  if (typeof value !== 'string') return `"\\\\x${value.toString('hex')}"`;
  return `"${/["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`;
}

function writeValue(value: string | Buffer | null): void {
  if (value === null) {
    writeInt32(-1);
    return;
  }
  const start = end;
  writeInt32(0);
  if (typeof value === 'string') writeText(value);
  else writeBytes(value);
  buffer.writeInt32BE(end - start - 4, start);
}

/** Begins a message; its length is written when it is complete. */
function open(code: number): number {
  reserve(5);
  buffer[end] = code;
  end += 5;
  return end - 4;
}

function close(start: number): void {
  buffer.writeInt32BE(end - start, start);
}

function writeInt16(value: number): void {
  reserve(2);
  end = buffer.writeUInt16BE(value, end);
}

function writeInt32(value: number): void {
  reserve(4);
  end = buffer.writeInt32BE(value, end);
}

function writeText(text: string): void {
  reserve(text.length * 3);
  end += buffer.write(text, end);
}

/** The protocol ends such a text with a zero byte, so a text with one inside would be another message. */
function writeCString(text: string): void {
  if (text.includes('\0')) throw new Error('A statement holds a zero byte');
  writeText(text);
  reserve(1);
  buffer[end++] = 0;
}

function writeBytes(bytes: Uint8Array): void {
  reserve(bytes.length);
  buffer.set(bytes, end);
  end += bytes.length;
}

function reserve(bytes: number): void {
  if (end + bytes <= buffer.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, end + bytes));
  buffer.copy(larger, 0, 0, end);
  buffer = larger;
}

/** A copy, because the socket may still hold it when the next flight is written. */
function taken(): Buffer {
  const copy = Buffer.from(buffer.subarray(0, end));
  if (buffer.length > KEPT_CAPACITY) buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  return copy;
}
