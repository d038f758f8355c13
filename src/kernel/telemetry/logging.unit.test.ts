import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { LogFields } from './log-fields.ts';
import { createLogging, type LogLevel } from './logging.ts';
import { scrubText } from './scrub.ts';

function capture(level?: LogLevel) {
  const lines: string[] = [];
  const clock = manualClock(new Date('2026-03-01T10:00:00.123Z'));
  const logging = createLogging({ level, clock, destination: { write: (line) => lines.push(line) } });
  return { logging, clock, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('OBS-07 OBS-08 every line is one JSON object with timestamp, level, service, correlation_id and message', () => {
  const { logging, clock, lines, parsed } = capture();
  const logger = logging.service('orders');
  const requestId = newId('req');
  logger.info('started');
  clock.advance(877);
  logger.withContext({ correlation_id: requestId, trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' }).error('refused', {
    operation: 'orders.create',
    status: 409,
    duration_ms: 1.5,
    livemode: true,
  });
  assert.deepEqual(
    lines.map((line) => line.endsWith('}\n') && line.indexOf('\n') === line.length - 1),
    [true, true],
  );
  const [first, second] = parsed();
  assert.deepEqual(Object.keys(first!).sort(), ['correlation_id', 'level', 'message', 'service', 'timestamp']);
  assert.match(String(first!.correlation_id), /^req_[0-9a-z]{26}$/);
  assert.deepEqual(second, {
    level: 'error',
    timestamp: '2026-03-01T10:00:01.000Z',
    service: 'orders',
    correlation_id: requestId,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    operation: 'orders.create',
    status: 409,
    duration_ms: 1.5,
    livemode: true,
    message: 'refused',
  });
});

test('OBS-09 the default level is info', () => {
  const { logging, parsed } = capture();
  const logger = logging.service('orders');
  logger.debug('hidden');
  logger.info('shown');
  assert.deepEqual(
    parsed().map((line) => line.message),
    ['shown'],
  );
  assert.deepEqual(logging.levels(), { orders: 'info' });
});

test('OBS-10 debug is switched per service at run time, for request loggers made before and after', () => {
  const { logging, parsed } = capture();
  const before = logging.service('orders').withContext({ correlation_id: 'before' });
  const other = logging.service('billing');
  logging.setLevel('orders', 'debug');
  before.debug('existing follows');
  logging.service('orders').withContext({ correlation_id: 'after' }).debug('later follows');
  other.debug('other service stays');
  assert.equal(other.enabled('debug'), false);
  assert.equal(before.enabled('debug'), true);
  logging.setLevel('orders', 'info');
  before.debug('switched off again');
  assert.deepEqual(
    parsed().map((line) => [line.correlation_id, line.level, line.message]),
    [
      ['before', 'debug', 'existing follows'],
      ['after', 'debug', 'later follows'],
    ],
  );
});

test('OBS-10 a level may be set before the service logs; an unknown level is refused and changes nothing', () => {
  const { logging, parsed } = capture('warn');
  logging.setLevel('payments', 'trace');
  logging.service('payments').trace('seen');
  assert.equal(parsed().length, 1);
  assert.throws(
    () => logging.setLevel('payments', 'verbose' as LogLevel),
    (error: unknown) => error instanceof DomainError && error.kind === 'validation',
  );
  assert.deepEqual(logging.levels(), { payments: 'trace' });
});

test('OBS-08 a field outside the allow-list and a value of the wrong type never reach the line', () => {
  const { logging, lines, parsed } = capture();
  const fields = {
    operation: 'orders.create',
    email: 'ada@example.com',
    authorization: 'Bearer abc',
    body: { card: '4242424242424242' },
    status: { number: '4242424242424242' },
    toString: 'inherited name',
  };
  logging.service('orders').info('created', fields as unknown as LogFields);
  assert.doesNotMatch(lines[0]!, /ada|Bearer|4242|inherited/);
  assert.equal(parsed()[0]!.operation, 'orders.create');
});

test('OBS-08 an error is logged with code, scrubbed message, stack and causes, and no other property', () => {
  const { logging, lines, parsed } = capture();
  const cause = Object.assign(new Error('connect postgres://app:hunter2@db:5432 failed'), {
    code: 'ECONNREFUSED',
    config: { password: 'hunter3' },
  });
  const error = new DomainError('upstream', 'Mail to ada@example.com bounced', { cause });
  logging.service('orders').error('failed', { error });
  logging.service('orders').error('failed', { error: 'token=abc123 was thrown as text' });
  assert.doesNotMatch(lines.join(), /hunter|ada@|abc123/);
  const logged = parsed()[0]!.error as { code: string; message: string; stack: string; cause: { code: string } };
  assert.equal(logged.code, 'upstream');
  assert.equal(logged.message, 'Mail to [redacted] bounced');
  assert.match(logged.stack, /logging\.unit\.test\.ts/);
  assert.equal(logged.cause.code, 'ECONNREFUSED');
});

test('a secret in a message or a text field is hidden', () => {
  const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
  const leaks: [string, string][] = [
    ['sent Authorization: Bearer abcDEF123456', 'abcDEF123456'],
    ['Basic dXNlcjpwYXNz was refused', 'dXNlcjpwYXNz'],
    [`got ${jwt}`, 'eyJ'],
    ['key sk_live_51H8abcDEF', '51H8abcDEF'],
    ['key tcs_test_51H8abcDEF', '51H8abcDEF'],
    ['secret whsec_MfKQ9r8GKYqrTwjU', 'MfKQ9r8GKYqrTwjU'],
    ['{"client_secret": "s3cr3tValue"}', 's3cr3tValue'],
    ['password=hunter2&x=1', 'hunter2'],
    ['Set-Cookie: session=abc', 'session=abc'],
    ['card 4242424242424242 declined', '4242'],
    ['card 4242 4242 4242 4242 declined', '4242'],
    ['card5555-5555-5555-4444', '5555'],
    ['amex 378282246310005.', '378282246310005'],
    ['mail Ada.Lovelace+x@mail.example.co.uk now', 'Lovelace'],
    ['call +49 (30) 123456-78', '123456'],
    ['redis://default:pa55word@cache:6379', 'pa55word'],
  ];
  for (const [text, secret] of leaks) {
    assert.ok(!scrubText(text).includes(secret), `${text} became ${scrubText(text)}`);
    assert.match(scrubText(text), /\[redacted\]/);
  }
});

test('what is not secret stays readable', () => {
  for (const text of [
    'No such order: ord_01h2xcejqtf2nbrexx3vqjhp41',
    'Listening on http://127.0.0.1:3000',
    'took 1765432100000 ms since 2026-03-01T10:00:00.123Z',
    'trace 4bf92f3577b34da6a3ce929d0e0e4736',
    'order number 4242424242424241 has a wrong check digit',
    'status: 409, limit=10',
    'a basic rule of the bearer scheme',
  ]) {
    assert.equal(scrubText(text), text);
  }
});

test('a long text is cut and a hostile one is scrubbed in linear time', () => {
  assert.ok(scrubText('x'.repeat(100_000)).length <= 4_001);
  const started = performance.now();
  for (const piece of ['a@', '4 ', 'token', 'eyJ.', '+1 ', '://', 'a.', 'password= ']) scrubText(piece.repeat(50_000));
  assert.ok(performance.now() - started < 500);
});
