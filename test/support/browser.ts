/** A browser without script: cookies of one host, forms, and redirects that the test follows by itself. */
export interface Browser {
  get(url: string): Promise<BrowserPage>;
  /** Posts fields together with the hidden ones of the page. */
  submit(page: BrowserPage, fields: Record<string, string>): Promise<BrowserPage>;
  cookies: Map<string, string>;
}

export interface BrowserPage {
  url: string;
  status: number;
  headers: Headers;
  text: string;
  /** Where a redirect leads; null for a page. */
  location: URL | null;
}

export function browser(): Browser {
  const cookies = new Map<string, string>();

  async function load(url: string, init: RequestInit): Promise<BrowserPage> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) keep(line);
    const location = response.headers.get('location');
    return {
      url,
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: location ? new URL(location, url) : null,
    };
  }

  function keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';');
    const at = pair.indexOf('=');
    const isOver = attributes.some((attribute) => attribute.trim().toLowerCase() === 'max-age=0');
    if (isOver) cookies.delete(pair.slice(0, at));
    else cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }

  return {
    cookies,
    get: (url) => load(url, {}),
    submit(page, fields) {
      const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1];
      if (!action) throw new Error(`The page ${page.url} has no form: ${page.text.slice(0, 200)}`);
      const body = new URLSearchParams({ ...hiddenFields(page.text), ...fields });
      return load(new URL(unescapeHtml(action), page.url).href, { method: 'POST', body });
    },
  };
}

function hiddenFields(html: string): Record<string, string> {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return Object.fromEntries([...inputs].map(([, name, value]) => [name!, unescapeHtml(value!)]));
}

function unescapeHtml(text: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name]!);
}
