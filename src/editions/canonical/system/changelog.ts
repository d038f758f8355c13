import { readFileSync, statSync } from 'node:fs';
import { Type } from 'typebox';
import { type Operation, operation } from '#kernel/http/operation.ts';

const FILE = new URL('../../../../CHANGELOG.md', import.meta.url);

interface Release {
  title: string;
  /** ISO 8601; of the file itself while the release has no day. */
  updated: string;
  changes: string[];
}

/** `GET /changelog.atom`: what changed, for feed readers (RFC 4287), made of CHANGELOG.md when it is first asked for. */
export function changelogOperation(baseUrl: () => string): Operation {
  let releases: Release[] | undefined;
  return operation({
    id: 'documents.changelog',
    method: 'GET',
    path: '/changelog.atom',
    summary: 'The changelog as a feed',
    description: 'One entry for each release; subscribe to hear of changes and deprecations (V1-135).',
    access: { public: 'documentation is public (C-06)' },
    responses: { 200: { description: 'Atom.', contentType: 'application/atom+xml', schema: Type.String() } },
    errors: [],
    handle() {
      releases ??= releasesOf(readFileSync(FILE, 'utf8'), statSync(FILE).mtime.toISOString());
      return {
        status: 200,
        raw: { bytes: feedOf(releases, baseUrl()), contentType: 'application/atom+xml; charset=utf-8' },
      };
    },
  });
}

/** Every `## version — day` with the bullets below it. */
export function releasesOf(markdown: string, changedAt: string): Release[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n');
      const day = /\d{4}-\d{2}-\d{2}/.exec(title)?.[0];
      const changes = lines.join('\n').split(/^- /m).slice(1);
      return {
        title: title.trim(),
        updated: day ? `${day}T00:00:00Z` : changedAt,
        changes: changes.map((change) => change.replace(/\s+/g, ' ').trim()),
      };
    });
}

export function feedOf(releases: readonly Release[], baseUrl: string): string {
  const entries = releases.map(({ title, updated, changes }) => {
    const list = `<ul>${changes.map((change) => `<li>${xmlText(change)}</li>`).join('')}</ul>`;
    const name = encodeURIComponent(title.split(' ')[0]!);
    return `<entry><id>${xmlText(`${baseUrl}/changelog.atom#${name}`)}</id><title>${xmlText(title)}</title><updated>${updated}</updated><content type="html">${xmlText(list)}</content></entry>`;
  });
  const self = xmlText(`${baseUrl}/changelog.atom`);
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>${self}</id><title>TechCorp: what changed</title><link rel="self" href="${self}"/><author><name>TechCorp</name></author><updated>${releases[0]?.updated ?? '1970-01-01T00:00:00Z'}</updated>${entries.join('')}</feed>
`;
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
