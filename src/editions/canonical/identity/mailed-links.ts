import { Type } from 'typebox';
import { DomainError } from '#kernel/errors.ts';
import { type Answer, type Operation, operation } from '#kernel/http/operation.ts';
import { isId } from '#kernel/ids.ts';
import type { Identity } from '#modules/identity/index.ts';
import { messagePage } from '../common/html.ts';
import { ErrorView } from '../render.ts';
import { passwordPage, verifyPage } from './pages.ts';
import { causeOf, protocolForm, protocolQuery } from './protocol-form.ts';

const html = (description: string) => ({ description, schema: Type.String(), contentType: 'text/html' });
const RESPONSES = {
  200: html('The page.'),
  400: { description: 'The link is used or too old.', schema: Type.Union([Type.String(), ErrorView]) },
};
const PUBLIC = { public: 'the token from the mail is the proof (C-06)' };
const PasswordFields = { token: 'From the mail.' };
const VerifyFields = { user: 'From the mail.', token: 'From the mail.' };

/** The pages that links in our mails lead to. A GET shows a form only, because mail scanners follow every link. */
export function mailedLinkOperations(identity: Identity): Operation[] {
  return [...passwordPages(identity), ...verifyPages(identity)];
}

function passwordPages(identity: Identity): Operation[] {
  const show = operation({
    id: 'auth.password_page',
    method: 'GET',
    path: '/auth/set-password',
    summary: 'The page of a password link',
    description: 'Where the mails of invitations and password resets lead.',
    access: PUBLIC,
    query: protocolQuery(PasswordFields),
    responses: RESPONSES,
    errors: [],
    handle: ({ query }) => passwordPage(query.token ?? ''),
  });

  const save = operation({
    id: 'auth.password_form',
    method: 'POST',
    path: '/auth/set-password',
    summary: 'The form of the password page',
    description: 'Sets the password. Programs use POST /auth/password-reset/confirm.',
    access: PUBLIC,
    body: protocolForm({ ...PasswordFields, password: 'The new password.' }),
    formBody: true,
    responses: RESPONSES,
    errors: ['resource_locked'],
    limitPerMinute: 10,
    async handle({ body, http }) {
      const token = body.token ?? '';
      try {
        await identity.confirmPasswordReset(causeOf(http, 'auth.password_form'), token, body.password ?? '');
        return messagePage(200, 'Your password is set', 'You can sign in with it now.');
      } catch (error) {
        return passwordPage(token, complaintOf(error));
      }
    },
  });

  return [show, save];
}

function verifyPages(identity: Identity): Operation[] {
  const show = operation({
    id: 'auth.verify_page',
    method: 'GET',
    path: '/auth/verify-email',
    summary: 'The page of a verification link',
    description: 'Where the mail of an e-mail change leads.',
    access: PUBLIC,
    query: protocolQuery(VerifyFields),
    responses: RESPONSES,
    errors: [],
    handle: ({ query }) => verifyPage(query.user ?? '', query.token ?? ''),
  });

  const confirm = operation({
    id: 'auth.verify_form',
    method: 'POST',
    path: '/auth/verify-email',
    summary: 'The form of the verification page',
    description: 'Puts the new address in force. Programs use POST /users/:id/verify-email.',
    access: PUBLIC,
    body: protocolForm(VerifyFields),
    formBody: true,
    responses: RESPONSES,
    errors: ['resource_locked'],
    limitPerMinute: 10,
    async handle({ body, http }): Promise<Answer> {
      const { user = '', token = '' } = body;
      try {
        if (!isId('usr', user)) throw new DomainError('validation', 'The link is not complete; copy all of it.');
        await identity.verifyEmail(causeOf(http, 'auth.verify_form'), user, token);
        return messagePage(200, 'Your address is confirmed', 'Sign in with the new address from now on.');
      } catch (error) {
        return messagePage(400, 'This did not work', complaintOf(error));
      }
    },
  });

  return [show, confirm];
}

/** Refusals of rules are for the reader; everything else goes the usual way. */
function complaintOf(error: unknown): string {
  if (!(error instanceof DomainError) || (error.kind !== 'validation' && error.kind !== 'duplicate')) throw error;
  return error.message;
}
