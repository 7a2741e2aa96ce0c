/** The name of the folder that the contract works in. */
export const folderName = 'MSEDB contract';

/** The subject of every draft that the contract makes: nothing else is changed or deleted. */
export const marker = 'MSEDB contract 5d1c7f0a-9a53-4f0e-8f0b-6f7f6c1e2b90';

/** The messages and folders that this program made, by every id that they go by. */
export class OwnItems {
  readonly #ids = new Set<string>();

  /** How many ids there are: a number that no name has had yet. */
  get count(): number {
    return this.#ids.size;
  }

  add(id: string): string {
    this.#ids.add(id);
    return id;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /**
   * Lets a request pass that changes nothing but what this program made, and subscriptions.
   * @param path below /v1.0
   * @throws Error otherwise: it is a fault of this program
   */
  guard(method: string, path: string): void {
    if (method === 'GET') return;
    const [route = ''] = path.split('?');
    if (route === '/me/mailFolders' || route === '/$batch' || /^\/subscriptions(\/|$)/.test(route)) return;
    const ids = [...route.matchAll(/\/(?:messages|mailFolders)\/([^/]+)/g)].map(([, id = '']) =>
      decodeURIComponent(id),
    );
    if (ids.length > 0 && ids.every((id) => this.has(id))) return;
    throw new Error(`${method} was about to change what the contract did not make`);
  }
}
