import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CsvCutter, DELIMITERS, delimiterOf } from './csv-cutter.ts';
import { csvLine, guarded, readHeader, recordOf, unguarded } from './csv-rows.ts';
import { LineCutter } from './line-cutter.ts';
import { type FilePlace, type FileRecord, MAX_RECORD_BYTES, type RecordCutter } from './record-cutter.ts';

function cutAll<Content>(
  cutter: RecordCutter<Content>,
  bytes: Buffer,
  size = bytes.length || 1,
): FileRecord<Content>[] {
  const records: FileRecord<Content>[] = [];
  for (let at = 0; at < bytes.length; at += size) records.push(...cutter.push(bytes.subarray(at, at + size)));
  return [...records, ...cutter.end()];
}

const cell = fc.string({
  unit: fc.constantFrom('a', 'ü', '€', '😀', '"', ',', ';', '\t', '\n', '\r', ' ', "'", '='),
  maxLength: 6,
});
const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 8 });

test('G-09 whatever is written as CSV is read again, however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(rows, fc.constantFrom(...DELIMITERS), fc.nat(9), fc.boolean(), (cells, delimiter, size, hasMark) => {
      const text = cells.map((row) => csvLine(row, delimiter)).join('');
      const bytes = Buffer.from(hasMark ? `\ufeff${text}` : text);
      const records = cutAll(new CsvCutter(delimiter), bytes, size + 1);
      assert.deepEqual(
        records.map(({ content }) => content),
        cells,
      );
      assert.equal(records.at(-1)!.end, bytes.length);
    }),
    { numRuns: 500 },
  );
});

test('G-09 reading goes on at the end of any record as if there had been no pause', () => {
  fc.assert(
    fc.property(rows, fc.nat(7), (cells, at) => {
      const bytes = Buffer.from(cells.map((row) => csvLine(row)).join(''));
      const all = cutAll(new CsvCutter(','), bytes);
      const last = all[at % all.length]!;
      const place: FilePlace = { byte: last.end, row: last.row };
      const rest = cutAll(new CsvCutter(',', place), bytes.subarray(place.byte), 5);
      assert.deepEqual(rest, all.slice(all.indexOf(last) + 1));
    }),
  );
});

test('rows end with LF or CR LF; empty lines say nothing and count; the last line needs no end', () => {
  const records = cutAll(new CsvCutter(','), Buffer.from('a,b\r\n\r\n"x\r\ny",2\n\nc,d'));
  assert.deepEqual(
    records.map(({ row, content }) => [row, ...content]),
    [
      [1, 'a', 'b'],
      [3, 'x\r\ny', '2'],
      [5, 'c', 'd'],
    ],
  );
});

test('a quote inside a cell that does not begin with one stands for itself', () => {
  assert.deepEqual(cutAll(new CsvCutter(','), Buffer.from('5" pipe,"6"" pipe"\n'))[0]!.content, ['5" pipe', '6" pipe']);
});

test('G-09 a line of 2 GB is refused after its first megabyte, without being held', () => {
  for (const cutter of [new CsvCutter(','), new LineCutter()]) {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let sent = 0;
    const sendAll = () => {
      for (; sent < 2 * 1024 ** 3; sent += chunk.length) cutter.push(chunk);
    };
    assert.throws(sendAll, { kind: 'validation', message: /Row 1, which begins at byte 0: .*longer than 1 MB/ });
    assert.ok(sent <= MAX_RECORD_BYTES + chunk.length, `${sent} bytes were taken`);
  }
  const endless = new CsvCutter(',');
  const lines = Buffer.from(`"${'line\n'.repeat(10_000)}`);
  const body = Buffer.from('line\n'.repeat(10_000));
  endless.push(lines);
  assert.throws(() => {
    for (let index = 0; index < 100; index++) endless.push(body);
  }, /is a quote not closed/);
});

test('G-09 the byte at which a file stops being UTF-8 is told exactly', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const isText = (bytes: Uint8Array) => {
    try {
      decoder.decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      (before, junk) => {
        const head = Buffer.from(`a,b\n${before.replaceAll('"', '').replaceAll('\0', '')}`);
        const bytes = Buffer.concat([head, Buffer.from(junk), Buffer.from('tail\n')]);
        fc.pre(!isText(bytes) && !bytes.includes(34) && bytes[0] !== 0);
        let message = '';
        try {
          cutAll(new CsvCutter(','), bytes, 7);
        } catch (error) {
          message = (error as Error).message;
        }
        const told = Number(/^Byte (\d+) /.exec(message)?.[1]);
        // Everything before it is the beginning of some text, and with it nothing is.
        assert.ok(Number.isInteger(told), message);
        assert.ok(!canGoOn(bytes.subarray(0, told + 1)), `${told} is too early`);
        assert.ok(canGoOn(bytes.subarray(0, told)), `${told} is too late`);
      },
    ),
  );
  function canGoOn(bytes: Uint8Array): boolean {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
      return true;
    } catch {
      return false;
    }
  }
});

test('G-10 a text that a spreadsheet would run gets an apostrophe, and every text survives writing and reading', () => {
  for (const risky of ['=1+1', '+49 30', '-5', '@sum', '\tx', '\n=x', '＝1+1', "'=x"])
    assert.ok(guarded(risky).startsWith("'"), risky);
  for (const plain of ['5', 'a=b', "it's", "'quoted'", '']) assert.equal(guarded(plain), plain);
  fc.assert(fc.property(fc.string(), (text) => assert.equal(unguarded(guarded(text)), text)));
});

test('columns are found by name in any case; unknown ones are told, and none can reach into an object', () => {
  const target = { columns: ['name', 'e_mail', 'metadata'], required: ['name'] };
  const { columns, warnings } = readHeader(
    ['NAME', 'E mail', 'metadata.Team', 'shoe', '_row', 'metadata.__proto__'],
    target,
  );
  assert.deepEqual(columns, ['name', 'e_mail', 'metadata.team', null, null, null]);
  assert.deepEqual(
    warnings.map(({ column }) => column),
    ['shoe', 'metadata.__proto__'],
  );
  assert.deepEqual(recordOf(['A', '', 'core', 'x', '1', 'y'], columns), { name: 'A', metadata: { team: 'core' } });
  assert.throws(() => readHeader(['e_mail'], target), { kind: 'validation', message: /columns name/ });
  assert.equal(({} as Record<string, unknown>).y, undefined);
});

test('the delimiter shows in the first line, outside quotes', () => {
  assert.deepEqual(['a;b', '"a,b";c', 'a\tb', 'a', 'a,b;c'].map(delimiterOf), [';', ';', '\t', ',', ',']);
});
