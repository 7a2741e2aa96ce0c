import { AppError } from '../../lib/errors.ts';

const maxLength = 500;
const anyOrigin = 'http://localhost';

/**
 * Checks where a browser wants to go after signing in: a path of this service, never another host.
 * @throws AppError 400 invalid_return_to
 */
export function localPath(path: string): string {
  const isPlain = path.length <= maxLength && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) && !path.includes('\\');
  if (!isPlain || !URL.canParse(path, anyOrigin) || new URL(path, anyOrigin).origin !== anyOrigin) {
    throw new AppError(400, 'invalid_return_to', 'returnTo must be a path of this service, such as /mailboxes');
  }
  return path;
}
