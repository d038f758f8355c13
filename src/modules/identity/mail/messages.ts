import type { OutgoingMail } from './outgoing-mail.ts';

/** The mails of this module, in plain text: they carry one link and say what happens when it is ignored. */
export interface MailMessages {
  verifyEmail(to: string, name: string, userId: string, token: string): OutgoingMail;
  emailChanged(to: string, name: string): OutgoingMail;
  invitation(to: string, name: string, organization: string, token: string): OutgoingMail;
  passwordReset(to: string, name: string, token: string): OutgoingMail;
  passwordChanged(to: string, name: string): OutgoingMail;
  /** `key` is its name, `hint` the ends of its secret. */
  keyLeaked(to: string, name: string, key: string, hint: string): OutgoingMail;
  operationEnds(
    to: string,
    name: string,
    key: string,
    operation: { name: string; sunset: string; guide: string },
  ): OutgoingMail;
}

export function mailMessages(baseUrl: () => string): MailMessages {
  const link = (path: string, query: Record<string, string>) =>
    `${baseUrl()}${path}?${new URLSearchParams(query).toString()}`;
  return {
    verifyEmail: (to, name, userId, token) => ({
      to,
      purpose: 'email_verification',
      subject: 'Confirm your new e-mail address',
      text: `Hello ${name},\n\nplease confirm that this is your new e-mail address:\n${link('/auth/verify-email', { user: userId, token })}\n\nThe link works for 24 hours. Until then your old address stays in use. If you did not ask for this, ignore this mail.\n`,
    }),
    emailChanged: (to, name) => ({
      to,
      purpose: 'email_changed',
      subject: 'Your e-mail address was changed',
      text: `Hello ${name},\n\nthe e-mail address of your account was changed and this one is no longer used to sign in. If this was not you, tell your administrator at once.\n`,
    }),
    invitation: (to, name, organization, token) => ({
      to,
      purpose: 'invitation',
      subject: `You are invited to ${shortened(organization)}`,
      text: `Hello ${name},\n\nyou were invited to ${organization}. Choose a password to start:\n${link('/auth/set-password', { token })}\n\nThe link works for 7 days.\n`,
    }),
    passwordReset: (to, name, token) => ({
      to,
      purpose: 'password_reset',
      subject: 'Choose a new password',
      text: `Hello ${name},\n\nsomebody, hopefully you, asked for a new password:\n${link('/auth/set-password', { token })}\n\nThe link works for one hour. If this was not you, ignore this mail; your password stays as it is.\n`,
    }),
    passwordChanged: (to, name) => ({
      to,
      purpose: 'password_changed',
      subject: 'Your password was changed',
      text: `Hello ${name},\n\nyour password was changed and every session was signed out. If this was not you, ask for a new password on the sign-in page and tell your administrator.\n`,
    }),
    keyLeaked: (to, name, key, hint) => ({
      to,
      purpose: 'api_key_leaked',
      subject: 'An API key was found in public and revoked',
      text: `Hello ${name},\n\nsomebody found the secret of the API key "${key}" (${hint}) and reported it to us. We revoked it at once: programs that use it are refused from now on. Create a new key, find out where the old one became public, and look in the audit trail for what it was used for.\n`,
    }),
    operationEnds: (to, name, key, operation) => ({
      to,
      purpose: 'operation_ends',
      subject: `A part of the API that you use ends on ${operation.sunset}`,
      text: `Hello ${name},\n\nthe API key "${key}" was used for\n${operation.name}\nwhich will not be there any more from ${operation.sunset} on. Until then it works as before. What to use instead is written here:\n${baseUrl()}${operation.guide}\n\nWe write once for each key and part of the API.\n`,
    }),
  };
}

/** A subject is one line of at most 255 characters, and a name alone may be as long. */
const NAME_IN_SUBJECT = 200;

function shortened(name: string): string {
  return name.length <= NAME_IN_SUBJECT ? name : `${name.slice(0, NAME_IN_SUBJECT - 1).trimEnd()}…`.toWellFormed();
}
