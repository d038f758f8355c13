import type { Answer } from '#kernel/http/operation.ts';
import { escapeHtml, page, problem } from '../common/html.ts';

export interface SignInPage {
  clientName: string;
  /** The authorization request, carried through the form. */
  request: string;
  /** Proves that this server made the form for this browser. */
  tag: string;
  redirectUri: string;
  email?: string;
  problem?: string;
  status?: number;
  headers?: Record<string, string | string[]>;
}

export function signInPage(view: SignInPage): Answer {
  const described = view.problem ? ' aria-describedby="problem"' : '';
  const content = `<h1>Sign in</h1><p>to continue to ${escapeHtml(view.clientName)}</p>${problem(view.problem)}
<form method="post" action="/auth/sign-in">
<input type="hidden" name="request" value="${escapeHtml(view.request)}"><input type="hidden" name="tag" value="${escapeHtml(view.tag)}">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="254" value="${escapeHtml(view.email ?? '')}"${described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256">
<button type="submit">Sign in</button></form>
<small>By signing in you let ${escapeHtml(view.clientName)} act for you with the permissions of your role.</small>`;
  const { status = 200, headers } = view;
  return page({ status, title: 'Sign in', content, formTarget: originOf(view.redirectUri), headers });
}

/** A new password, with the token of a mail. */
export function passwordPage(token: string, complaint?: string): Answer {
  const content = `<h1>Choose a password</h1>${problem(complaint)}
<form method="post" action="/auth/set-password"><input type="hidden" name="token" value="${escapeHtml(token)}">
<label for="password">New password</label>
<input id="password" name="password" type="password" autocomplete="new-password" required minlength="12" maxlength="256" aria-describedby="rule">
<small id="rule">At least 12 characters. Long is better than complicated.</small>
<button type="submit">Save</button></form>`;
  return page({ status: complaint ? 400 : 200, title: 'Choose a password', content });
}

/** A button, because programs that read mail follow links by themselves. */
export function verifyPage(user: string, token: string): Answer {
  const content = `<h1>Confirm your e-mail address</h1><p>Use this address from now on?</p>
<form method="post" action="/auth/verify-email"><input type="hidden" name="user" value="${escapeHtml(user)}">
<input type="hidden" name="token" value="${escapeHtml(token)}"><button type="submit">Confirm</button></form>`;
  return page({ status: 200, title: 'Confirm your e-mail address', content });
}

/** `https://app.example`, or `com.example.app:` for a scheme of an installed program. */
function originOf(uri: string): string {
  const { origin, protocol } = new URL(uri);
  return origin === 'null' ? protocol : origin;
}
