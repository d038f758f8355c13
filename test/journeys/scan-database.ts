import type pg from 'pg';

/** Where each value, by a word for it, stands readably in any table, also inside of JSON and of bytes. */
export async function foundInTables(client: pg.Client, values: Readonly<Record<string, string>>): Promise<string[]> {
  const { rows: tables } = await client.query(`select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`);
  const found: string[] = [];
  let rowsRead = 0;
  for (const { name } of tables) {
    const { rows } = await client.query(`select row(t.*)::text as text from ${name} as t`);
    rowsRead += rows.length;
    // Bytes are printed as hexadecimal.
    const texts = rows.flatMap(({ text }) => [text, ...readable(text)]);
    found.push(...foundIn(values, texts).map((what) => `${name}: ${what}`));
  }
  if (rowsRead < 100) throw new Error('There is nothing to look into');
  return found;
}

/** Which values stand in the texts, in the forms that addresses and JSON give them. */
export function foundIn(values: Readonly<Record<string, string>>, texts: readonly string[]): string[] {
  return Object.entries(values).flatMap(([what, value]) => {
    const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)].map((form) =>
      form.toLowerCase(),
    );
    const text = texts.find((each) => forms.some((form) => each.toLowerCase().includes(form)));
    return text === undefined ? [] : [`the ${what} in ${text.slice(0, 300)}`];
  });
}

function readable(text: string): string[] {
  return (text.match(/\\x[0-9a-f]{8,}/g) ?? []).map((bytes) => Buffer.from(bytes.slice(2), 'hex').toString('latin1'));
}
