import { createHash } from 'node:crypto';
import type { Answer } from '#kernel/http/operation.ts';

/** Nobody on the way keeps a page that carries a secret. */
const UNCACHED = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** The few pages that this server shows itself: plain HTML, no script, nothing from elsewhere. */
const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:light-dark(#f3f5f9,#14171f);color:light-dark(#1b2330,#eef1f6)}
main{width:min(22rem,calc(100vw - 2rem));padding:2rem;border-radius:.75rem;background:light-dark(#fff,#1e232e);box-shadow:0 1px 8px #0003}
h1{margin:0 0 .25rem;font-size:1.4rem}
p{margin:0 0 1rem}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
input{box-sizing:border-box;width:100%;padding:.6rem .7rem;font:inherit;border:1px solid light-dark(#5f6b80,#8d99ae);border-radius:.4rem;background:light-dark(#fff,#14171f);color:inherit}
input:focus-visible,button:focus-visible{outline:3px solid #5b7cfa;outline-offset:1px}
button{width:100%;margin-top:1.5rem;padding:.7rem;font:inherit;font-weight:600;border:0;border-radius:.4rem;background:#3046c5;color:#fff;cursor:pointer}
.problem{padding:.6rem .7rem;border-left:4px solid #c62828;background:light-dark(#fdecea,#3a1c1c)}
small{display:block;margin-top:1rem}
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

export interface Page {
  status: number;
  title: string;
  /** HTML; every value in it went through `escapeHtml`. */
  content: string;
  /** Where the answer of a form may lead, beside this server: browsers check redirects after a form too. */
  formTarget?: string;
  headers?: Record<string, string | string[]>;
}

/** Makes text safe inside HTML text and quoted attributes. */
export function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replaceAll(/[&<>"']/g, (character) => names[character]!);
}

export function page({ status, title, content, formTarget, headers }: Page): Answer {
  const targets = formTarget ? `'self' ${formTarget}` : "'self'";
  const bytes = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>${content}</main></body></html>`;
  return {
    status,
    headers: {
      ...UNCACHED,
      'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${targets}; base-uri 'none'; frame-ancestors 'none'`,
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      ...headers,
    },
    raw: { bytes, contentType: 'text/html; charset=utf-8' },
  };
}

export function problem(text: string | undefined): string {
  return text ? `<p class="problem" role="alert" id="problem">${escapeHtml(text)}</p>` : '';
}

export function messagePage(status: number, title: string, text: string): Answer {
  const content = `<h1>${escapeHtml(title)}</h1><p${status >= 400 ? ' role="alert"' : ''}>${escapeHtml(text)}</p>`;
  return page({ status, title, content });
}
