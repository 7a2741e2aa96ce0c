/** `mailFolders('inbox')/messages('…')` as `mailFolders/inbox/messages/…`: both are the same to Graph. */
export function withPlainKeys(path: string): string {
  return path.replace(/\('([^']*)'\)/g, '/$1').replace(/\(%27(.*?)%27\)/gi, '/$1');
}

interface PathOwner {
  readonly oid: string;
  readonly email: string;
  readonly userPrincipalName: string;
}

/** Path without `/v1.0`, with the person's own `/users/{id}` as `/me`. */
export function graphPath(path: string, owner: PathOwner): string {
  const plain = withPlainKeys(path);
  const user = /^\/users\/([^/]+)(.*)$/i.exec(plain);
  if (user === null) return plain;
  const [, id = '', rest = ''] = user;
  const isOwn = [owner.oid, owner.email.toLowerCase(), owner.userPrincipalName.toLowerCase()].includes(
    decodeURIComponent(id).toLowerCase(),
  );
  return isOwn ? `/me${rest}` : plain;
}
