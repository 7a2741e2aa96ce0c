import { CannotTell } from './assumption.ts';
import { type Fields, fieldsOf, textOf } from './fields.ts';
import { type Graph, type GraphAnswer, outcomeOf } from './graph.ts';
import { folderName, marker, type OwnItems } from './own-items.ts';

interface DraftOptions {
  /** Otherwise the contract's own folder. */
  readonly folderId?: string;
  readonly properties?: Fields;
}

/** The folder that the contract works in, and what it makes there. */
export class Sandbox {
  readonly folderId: string;
  readonly #graph: Graph;
  readonly #own: OwnItems;

  /** Makes the folder. @throws Error when one of that name is there already, or when it cannot be made */
  static async open(graph: Graph, own: OwnItems): Promise<Sandbox> {
    const answer = await graph.call('POST', '/me/mailFolders', { body: { displayName: folderName } });
    if (answer.code === 'ErrorFolderExists') {
      throw new Error(`There is a folder "${folderName}" already. Remove what an earlier run left with --clean.`);
    }
    return new Sandbox(graph, own, madeId(answer, 'the folder', own));
  }

  private constructor(graph: Graph, own: OwnItems, folderId: string) {
    this.#graph = graph;
    this.#own = own;
    this.folderId = folderId;
  }

  /** Makes a draft. @returns its immutable id */
  async draft({ folderId = this.folderId, properties = {} }: DraftOptions = {}): Promise<string> {
    const answer = await this.#graph.call('POST', `${folderPath(folderId)}/messages?$select=id`, {
      body: { subject: marker, ...properties },
    });
    return madeId(answer, 'a draft', this.#own);
  }

  /** Makes a folder in the contract's own. @returns its id */
  async folder(displayName: string, properties: Fields = {}): Promise<string> {
    const answer = await this.tryFolder(displayName, properties);
    return madeId(answer, 'a folder', this.#own);
  }

  /** As `folder`, for questions about the answer. */
  async tryFolder(displayName: string, properties: Fields = {}): Promise<GraphAnswer> {
    const body = { displayName, ...properties };
    const answer = await this.#graph.call('POST', `${folderPath(this.folderId)}/childFolders`, { body });
    const id = textOf(answer.body['id']);
    if (id !== undefined) this.#own.add(id);
    return answer;
  }

  /** Reads one of the drafts. @throws CannotTell when it cannot be read */
  async read(messageId: string, select: string): Promise<Fields> {
    const answer = await this.#graph.call('GET', `${messagePath(messageId)}?$select=${select}`);
    if (answer.status !== 200) throw new CannotTell(`a draft could not be read: ${outcomeOf(answer)}`);
    return answer.body;
  }

  patch(messageId: string, changes: Fields, select = 'id'): Promise<GraphAnswer> {
    return this.#graph.call('PATCH', `${messagePath(messageId)}?$select=${select}`, { body: changes });
  }

  /** Changes a draft. @throws CannotTell when that is refused */
  async change(messageId: string, changes: Fields): Promise<void> {
    const answer = await this.patch(messageId, changes);
    if (answer.status !== 200) throw new CannotTell(`a draft could not be changed: ${outcomeOf(answer)}`);
  }

  /** Moves a draft; the id that it goes by afterwards is the contract's own as well. */
  async move(messageId: string, folderId: string, { immutable = true } = {}): Promise<GraphAnswer> {
    const answer = await this.#graph.call('POST', `${messagePath(messageId)}/move?$select=id,parentFolderId`, {
      body: { destinationId: folderId },
      immutable,
    });
    const id = textOf(fieldsOf(answer.body)['id']);
    if (answer.status === 201 && id !== undefined) this.#own.add(id);
    return answer;
  }

  remove(messageId: string): Promise<GraphAnswer> {
    return this.#graph.call('DELETE', messagePath(messageId));
  }
}

export function messagePath(messageId: string): string {
  return `/me/messages/${encodeURIComponent(messageId)}`;
}

export function folderPath(folderId: string): string {
  return `/me/mailFolders/${encodeURIComponent(folderId)}`;
}

function madeId(answer: GraphAnswer, what: string, own: OwnItems): string {
  const id = textOf(answer.body['id']);
  if (answer.status !== 201 || id === undefined)
    throw new CannotTell(`${what} could not be made: ${outcomeOf(answer)}`);
  return own.add(id);
}
