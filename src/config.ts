import { isIP } from 'node:net';
import {
  currencyList,
  fraction,
  list,
  oneOf,
  optionalText,
  readSettings,
  textSetting,
  urlSetting,
  type ValuesOf,
  wholeNumber,
} from '#kernel/config-types.ts';
import { StartupError } from '#kernel/startup-error.ts';

const perMinute = { min: 1, max: 1_000_000_000 };

/** Every setting of the program, in the order of the configuration reference (docs/configuration.md is printed from it). */
export const SETTINGS = {
  PORT: wholeNumber({ min: 0, max: 65_535, standard: '3000', meaning: 'Port to listen on; 0 takes any free one.' }),
  HOST: textSetting({
    standard: '127.0.0.1',
    meaning: 'Address to listen on. Other than loopback needs TLS or TRUSTED_PROXIES.',
  }),
  BASE_URL: urlSetting(['http:', 'https:'], {
    meaning: 'The address clients use, when it differs from what the server listens on; also the OAuth issuer.',
  }),
  DATA_DIR: textSetting({
    standard: '.data',
    meaning: 'Folder of the embedded database, keys, credentials and mail outbox.',
  }),
  DATABASE_URL: optionalText({
    secret: true,
    meaning: 'An external PostgreSQL 16+ instead of the embedded one. A session connection: no transaction pooler.',
  }),
  SUPPORT_EMAIL: optionalText({ meaning: 'Whom clients write to with questions; shown at GET /support.' }),
  SECURITY_EMAIL: optionalText({ meaning: 'Whom they write to about security.' }),
  SUPPORT_CHAT_URL: urlSetting(['http:', 'https:'], { meaning: 'Where developers of clients talk.' }),
  STATUS_PAGE_URL: urlSetting(['http:', 'https:'], { meaning: 'The status page of this installation.' }),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    standard: 'info',
    meaning: 'Level of every service at start; change one at run time with PATCH /services/:name.',
  }),
  TLS_CERT_FILE: optionalText({
    meaning: 'PEM file of the certificate chain; with TLS_KEY_FILE the server speaks TLS 1.3 only.',
  }),
  TLS_KEY_FILE: optionalText({ meaning: 'PEM file of the private key.' }),
  TRUSTED_PROXIES: list({
    meaning: 'Addresses of reverse proxies that end TLS; X-Forwarded-For is believed from them alone.',
  }),
  ENABLED_CURRENCIES: currencyList({
    standard: 'USD,EUR,GBP,CAD,AUD,JPY',
    meaning:
      'ISO 4217 codes that the canonical edition takes; USD is one of them, because it counts where none is sent.',
  }),
  CORS_ORIGINS: list({ meaning: 'Origins whose pages may call the API, or *.' }),
  MASTER_KEYS: optionalText({
    secret: true,
    meaning: 'Master keys as version:base64,…; without it a keyring file is kept in DATA_DIR.',
  }),
  INDEX_KEY: optionalText({
    secret: true,
    meaning: 'Root of the blind indexes, base64 of 32 bytes; required with MASTER_KEYS.',
  }),
  SMTP_URL: urlSetting(['smtp:', 'smtps:'], {
    secret: true,
    meaning: 'Mail server; without it mails are files in DATA_DIR/outbox.',
  }),
  MAIL_FROM: textSetting({ standard: 'TechCorp <no-reply@localhost.localdomain>', meaning: 'Sender of mails.' }),
  RATE_LIMIT_CREDENTIAL: wholeNumber({
    ...perMinute,
    standard: '500',
    meaning: 'Requests per minute of one API key or OAuth client.',
  }),
  RATE_LIMIT_ORGANIZATION: wholeNumber({
    ...perMinute,
    standard: '1000',
    meaning: 'Requests per minute of one organisation.',
  }),
  RATE_LIMIT_USER: wholeNumber({ ...perMinute, standard: '100', meaning: 'Requests per minute of one user.' }),
  RATE_LIMIT_BURST: wholeNumber({ ...perMinute, standard: '50', meaning: 'Requests per second of one credential.' }),
  RATE_LIMIT_ANONYMOUS: wholeNumber({
    ...perMinute,
    standard: '30',
    meaning: 'Requests per minute of one address without a credential.',
  }),
  RATE_LIMIT_INBOUND: wholeNumber({
    ...perMinute,
    standard: '600',
    meaning: 'News per minute of one provider, such as a payment processor, from one address.',
  }),
  RATE_LIMIT_BATCH_ITEMS: wholeNumber({
    ...perMinute,
    standard: '500',
    meaning: 'Items per minute in batch requests of one credential.',
  }),
  RATE_LIMIT_ENDPOINTS: list({
    meaning:
      'Own limits of operations, e.g. orders.create=60,users.list=30 (requests per minute and credential); * is every operation that declares a limit.',
  }),
  TRACE_SAMPLE_RATIO: fraction({
    standard: '0',
    meaning: 'Share of requests that are traced when the caller does not decide.',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: urlSetting(['http:', 'https:'], {
    meaning: 'OpenTelemetry collector (OTLP over HTTP) that receives traces.',
  }),
  PAYMENT_PROCESSOR: oneOf(['simulator', 'stripe'], {
    standard: 'simulator',
    meaning: 'Who takes the payments of live data; those of test data always go to the simulator.',
  }),
  STRIPE_SECRET_KEY: optionalText({ secret: true, meaning: 'Secret key of the account at Stripe.' }),
  STRIPE_WEBHOOK_SECRET: optionalText({
    secret: true,
    meaning: 'Signing secret of the webhook endpoint at Stripe that leads to /inbound/payments/stripe.',
  }),
  STRIPE_API_BASE: urlSetting(['http:', 'https:'], {
    meaning: "Where Stripe's API is, when it is not Stripe's own address.",
  }),
  WEBHOOK_ALLOWED_PRIVATE_HOSTS: list({
    meaning: 'Private hosts or addresses that webhooks may go to, such as 127.0.0.1; all others are refused.',
  }),
  WEBHOOK_CA_FILE: optionalText({
    meaning: 'PEM file of further certificate authorities that webhook targets may use.',
  }),
  WEBHOOK_CONCURRENCY: wholeNumber({
    min: 1,
    max: 1_000,
    standard: '50',
    meaning: 'Webhook deliveries at the same time.',
  }),
  CACHE_TTL_SECONDS: wholeNumber({
    min: 1,
    max: 86_400,
    standard: '300',
    meaning: 'How long a cached answer is given before it is read anew; a day at most.',
  }),
  FILES_TENANT_BYTES: wholeNumber({
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    standard: '10737418240',
    meaning:
      'Bytes of import and export files that are kept for one organisation and mode; with more, no new one begins.',
  }),
  CACHE_TENANT_BYTES: wholeNumber({
    min: 0,
    max: 1_073_741_824,
    standard: '8388608',
    meaning: 'Cached bytes of one organisation and mode; beyond them its own oldest answers go.',
  }),
  CACHE_BYTES: wholeNumber({
    min: 0,
    max: 17_179_869_184,
    standard: '268435456',
    meaning: 'Cached bytes of all organisations in this process.',
  }),
  SHUTDOWN_TIMEOUT_MS: wholeNumber({
    min: 0,
    max: 600_000,
    standard: '10000',
    meaning: 'How long running requests may take after SIGTERM.',
  }),
  CRASH_AT: optionalText({ meaning: 'For crash tests: the saga boundary at which the process kills itself.' }),
};

export type Configuration = ValuesOf<typeof SETTINGS>;

/** Reads and checks the settings. Errors: StartupError with one sentence; nothing has started then. */
export function readConfiguration(environment: Record<string, string | undefined>): Configuration {
  const configuration = readSettings(SETTINGS, environment);
  if (Boolean(configuration.TLS_CERT_FILE) !== Boolean(configuration.TLS_KEY_FILE)) {
    throw new StartupError('TLS_CERT_FILE and TLS_KEY_FILE must be set together.');
  }
  const plain = !configuration.TLS_CERT_FILE && configuration.TRUSTED_PROXIES.length === 0;
  if (plain && !isLoopback(configuration.HOST)) {
    throw new StartupError(
      `HOST is ${configuration.HOST}, which others can reach: set TLS_CERT_FILE and TLS_KEY_FILE, or name the proxy that ends TLS in TRUSTED_PROXIES.`,
    );
  }
  if (configuration.DATABASE_URL && !/^postgres(ql)?:\/\//.test(configuration.DATABASE_URL)) {
    throw new StartupError('DATABASE_URL must start with postgres:// or postgresql://.');
  }
  if (configuration.PAYMENT_PROCESSOR === 'stripe') {
    if (!configuration.STRIPE_SECRET_KEY || !configuration.STRIPE_WEBHOOK_SECRET) {
      throw new StartupError('PAYMENT_PROCESSOR is stripe: set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET too.');
    }
  }
  return configuration;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** `orders.create=60,users.list=30` as a table. Errors: StartupError. */
export function endpointLimits(entries: readonly string[]): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const entry of entries) {
    const match = /^(\*|[a-z0-9_.-]+)=(\d+)$/.exec(entry);
    if (!match || Number(match[2]) < 1) {
      throw new StartupError(`RATE_LIMIT_ENDPOINTS must be a list of operation=number (it has "${entry}").`);
    }
    limits[match[1]!] = Number(match[2]);
  }
  return limits;
}
