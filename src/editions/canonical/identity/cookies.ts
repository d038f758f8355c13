import type { HttpFacts } from '#kernel/http/operation.ts';

/**
 * The two cookies of the sign-in pages. Over https they carry the `__Host-` prefix, which binds them to this very host;
 * plain http exists on the loopback interface only and cannot have it.
 */
const SESSION = 'techcorp_session';
const SIGN_IN = 'techcorp_sign_in';

function isSecure(issuer: string): boolean {
  return issuer.startsWith('https:');
}

function nameFor(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}

function cookie(issuer: string, name: string, value: string, attributes: string): string {
  const secure = isSecure(issuer);
  return `${nameFor(name, secure)}=${value}; Path=/; HttpOnly; ${attributes}${secure ? '; Secure' : ''}`;
}

/** Lax: the browser must send it when another site's link leads to /auth/authorize. */
export function newSessionCookie(issuer: string, secret: string): string {
  return cookie(issuer, SESSION, secret, 'SameSite=Lax; Max-Age=86400');
}

/** Binds a sign-in form to the browser that was shown it. */
export function newSignInCookie(issuer: string, nonce: string): string {
  return cookie(issuer, SIGN_IN, nonce, 'SameSite=Strict; Max-Age=3600');
}

export function clearedCookies(issuer: string): string[] {
  return [
    cookie(issuer, SESSION, '', 'SameSite=Lax; Max-Age=0'),
    cookie(issuer, SIGN_IN, '', 'SameSite=Strict; Max-Age=0'),
  ];
}

/** Over https never the one without a prefix: a page of a neighbouring host could have set that. */
export function sessionCookie({ cookies }: HttpFacts, issuer: string): string | undefined {
  return cookies[nameFor(SESSION, isSecure(issuer))];
}

export function signInCookie({ cookies }: HttpFacts, issuer: string): string | undefined {
  return cookies[nameFor(SIGN_IN, isSecure(issuer))];
}
