const mask = '[redacted]';
const maxDepth = 8;

/** Names under which a value never belongs in a log, wherever it stands: matched at the end of a key. */
const sensitiveEnd =
  /(token|secret|passwd|apikey|privatekey|encryptionkey|clientstate|msalcache|encrypted|subject|subjectnormalized|email|emailaddress)s?$/i;
const sensitiveAnywhere = /(password|passphrase|credential|authorization|cookie)/i;

const credentialsInUri = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;
const bearer = /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi;
const emailAddress = /[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+/g;

/**
 * Masks what a text may carry by accident: credentials in a URI, Authorization values, e-mail addresses.
 * @param text any text, typically the message of a foreign error
 * @internal exported for its tests
 */
export function redactText(text: string): string {
  return text
    .replace(credentialsInUri, `$1${mask}@`)
    .replace(bearer, `$1 ${mask}`)
    .replace(emailAddress, (found) => (found.startsWith('redacted]@') ? found : '[address]'));
}

function isSensitive(key: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean') return false;
  return sensitiveEnd.test(key) || sensitiveAnywhere.test(key);
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause, ...own } = error;
  return {
    ...copyFields(own, depth),
    name,
    message: redactText(message),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
  };
}

function copyFields(source: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(source).map(([key, value]) => [key, isSensitive(key, value) ? mask : redact(value, depth + 1)]),
  );
}

/**
 * A copy of `value` that is safe to log: sensitive keys masked at any depth, texts cleaned, errors made plain,
 * cycles and very deep parts cut off. The value itself is not changed.
 * @param value any value that is about to be written to the log
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return '[deeper]';
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (value instanceof Map) return copyFields(Object.fromEntries(value), depth);
  if ('toJSON' in value && typeof value.toJSON === 'function') return redact(value.toJSON(), depth + 1);
  return copyFields(value, depth);
}
