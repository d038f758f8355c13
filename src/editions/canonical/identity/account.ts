import { Type } from 'typebox';
import { email, id, object, optional, secretText } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { type Identity, OAuthError, PASSWORD_MAX, PASSWORD_MIN } from '#modules/identity/index.ts';
import { clearedCookies, sessionCookie } from './cookies.ts';
import { causeOf, protocolAnswer, protocolErrors } from './protocol-form.ts';
import { UserView, userView } from './users.ts';

const UserId = object({ id: id('usr') });
const Token = object({ token: secretText({ max: 200, description: 'From the mail; works once.' }) });
const password = () => secretText({ max: PASSWORD_MAX, description: `At least ${PASSWORD_MIN} characters.` });
const Done = Type.Object({ status: Type.Literal('ok') }, { $id: 'Done' });
const DONE = { status: 'ok' as const };

const UserInfoView = Type.Object(
  {
    sub: Type.String(),
    org_id: Type.String(),
    role: Type.String(),
    name: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
    email_verified: Type.Optional(Type.Boolean()),
  },
  { $id: 'UserInfo' },
);

/** What people do about their own account: addresses, passwords, signing out. */
export function accountOperations(identity: Identity): Operation[] {
  return [...emailOperations(identity), ...passwordOperations(identity), ...signedInOperations(identity)];
}

function emailOperations(identity: Identity): Operation[] {
  const verify = operation({
    id: 'users.verify_email',
    method: 'POST',
    path: '/users/:id/verify-email',
    summary: 'Verify a new e-mail address',
    description: 'Puts the waiting address in force and tells the old one. The token of the mail is the proof.',
    access: { public: 'the token from the mail is the proof, its reader may have no credential (C-55)' },
    params: UserId,
    body: Token,
    responses: { 200: { description: 'The user with the new address.', schema: UserView } },
    errors: ['duplicate', 'resource_locked'],
    limitPerMinute: 10,
    async handle({ params, body, http }) {
      const user = await identity.verifyEmail(causeOf(http, 'users.verify_email'), params.id, body.token);
      return ok(userView(user), user.version);
    },
  });

  const resend = operation({
    id: 'users.resend_verification',
    method: 'POST',
    path: '/users/:id/verify-email/resend',
    summary: 'Mail the verification again',
    description: 'A new token to the waiting address; the earlier one stops working.',
    access: { scope: 'users:write' },
    params: UserId,
    responses: { 200: { description: 'The user, still with the old address.', schema: UserView } },
    errors: ['gone', 'invalid_state', 'resource_locked'],
    limitPerMinute: 10,
    async handle({ context, params }) {
      const user = await identity.resendVerification(context, params.id);
      return ok(userView(user), user.version);
    },
  });

  return [verify, resend];
}

function passwordOperations(identity: Identity): Operation[] {
  const set = operation({
    id: 'users.set_password',
    method: 'POST',
    path: '/users/:id/password',
    summary: 'Set a password',
    description:
      'With a token of the same user `current_password` is required; an administrator sets one for somebody else without it. That of an `admin` needs every scope that an admin has. Every session and token of the user ends.',
    access: { scope: 'users:write' },
    params: UserId,
    body: object({ password: password(), current_password: optional(secretText({ max: PASSWORD_MAX })) }),
    responses: { 200: { description: 'The user.', schema: UserView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    limitPerMinute: 10,
    async handle({ context, principal, params, body }) {
      const byAdmin = principal.actor.userId !== params.id;
      const { password, current_password: currentPassword } = body;
      const change = { password, currentPassword, byAdmin, grantable: principal.scopes };
      const user = await identity.setPassword(context, params.id, change);
      return ok(userView(user), user.version);
    },
  });

  const request = operation({
    id: 'auth.request_password_reset',
    method: 'POST',
    path: '/auth/password-reset',
    summary: 'Ask for a new password',
    description: 'Mails a link when somebody has this address; the answer is the same when nobody has.',
    access: { public: 'who forgot the password has no credential (C-06)' },
    body: object({ email: email() }),
    responses: { 202: { description: 'Accepted.', schema: Done } },
    errors: [],
    limitPerMinute: 5,
    async handle({ body, http }) {
      await identity.requestPasswordReset(causeOf(http, 'auth.request_password_reset'), body.email);
      return { status: 202, body: DONE };
    },
  });

  const confirm = operation({
    id: 'auth.confirm_password_reset',
    method: 'POST',
    path: '/auth/password-reset/confirm',
    summary: 'Choose a password',
    description: 'With the token of a reset or of an invitation. Every session and token of the user ends.',
    access: { public: 'the token from the mail is the proof (C-06)' },
    body: object({ token: secretText({ max: 200 }), password: password() }),
    responses: { 200: { description: 'The password is set.', schema: Done } },
    errors: ['resource_locked'],
    limitPerMinute: 10,
    async handle({ body, http }) {
      const cause = causeOf(http, 'auth.confirm_password_reset');
      await identity.confirmPasswordReset(cause, body.token, body.password);
      return ok(DONE);
    },
  });

  return [set, request, confirm];
}

function signedInOperations(identity: Identity): Operation[] {
  const logout = operation({
    id: 'auth.logout',
    method: 'POST',
    path: '/auth/logout',
    summary: 'Sign out',
    description:
      'Ends the session behind the browser cookie or the bearer token, with every token that was issued without `offline_access`.',
    access: { public: 'cookie or token are the proof; signing out twice is no error (C-06)' },
    responses: { 200: { description: 'Signed out.', schema: Done } },
    errors: [],
    async handle({ http }) {
      const accessToken = /^bearer (.+)$/i.exec(http.header('authorization') ?? '')?.[1];
      const secret = sessionCookie(http, identity.issuer());
      await identity.signOut(causeOf(http, 'auth.logout'), { secret, accessToken });
      return { status: 200, body: DONE, headers: { 'set-cookie': clearedCookies(identity.issuer()) } };
    },
  });

  const info = operation({
    id: 'auth.userinfo',
    method: 'GET',
    path: '/auth/userinfo',
    summary: 'Who is signed in',
    description: 'OpenID Connect: needs a token with `openid`; `profile` adds the name and `email` the address.',
    access: { public: 'checks the bearer token itself, by the rules of OpenID Connect (C-06)' },
    responses: { 200: { description: 'The user of the token.', schema: UserInfoView }, ...protocolErrors },
    errors: [],
    handle: ({ principal, http }) =>
      protocolAnswer(http, async () => {
        const userId = principal?.actor.userId;
        if (!userId || !principal.scopes.has('openid')) {
          throw new OAuthError('invalid_token', 'Send a user token with the scope openid.');
        }
        const scope = { orgId: principal.organizationId ?? ('*' as const), livemode: principal.livemode };
        const user = await identity.getUser(scope, userId as never);
        const body = {
          sub: user.id,
          org_id: user.orgId,
          role: user.role,
          ...(principal.scopes.has('profile') && { name: user.name }),
          ...(principal.scopes.has('email') && { email: user.email, email_verified: user.status === 'active' }),
        };
        return { status: 200, body };
      }),
  });

  return [logout, info];
}
