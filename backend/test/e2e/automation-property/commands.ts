// Glossary: a *command* is one thing that is done to the whole: by the owner, by mail coming in, by Graph going wrong,
// or by the service being killed. Where it needs a message, a rule or a row, `pick` says which of those that are there.

export const senders = ['news@letters.example', 'shop@letters.example', 'bob@work.example'] as const;
export const subjects = ['Weekly digest', 'Offer of the day', 'Invoice 12'] as const;
export const folders = ['Reading', 'Reports'] as const;

export const ownVerbs = ['move', 'delete', 'read', 'unread', 'flag', 'unflag', 'categorize', 'back'] as const;
export const faultKinds = ['throttled', 'unavailable', 'cut', 'answerLost', 'answerCut'] as const;
export const scopes = ['user', 'mailbox'] as const;
export type Scope = (typeof scopes)[number];

/** What a rule does, as an index into `actionLists`; whom it is about, as one into `conditionLists`. */
export interface RuleWords {
  readonly conditions: number;
  readonly actions: number;
}

/** What an owner asks of the service. */
export type Wish =
  | ({ readonly do: 'createRule' } & RuleWords)
  | ({ readonly do: 'changeRule'; readonly pick: number } & RuleWords)
  | { readonly do: 'enableRule' | 'disableRule' | 'removeRule' | 'runRule'; readonly pick: number }
  | { readonly do: 'rescue' | 'execute' | 'undo'; readonly pick: number }
  | { readonly do: 'sync' };

export type Command =
  | Wish
  | {
      readonly do: 'deliver';
      readonly sender: number;
      readonly subject: number;
      readonly isRead: boolean;
      readonly isFiled: boolean;
      readonly isBlue: boolean;
    }
  | { readonly do: 'own'; readonly verb: (typeof ownVerbs)[number]; readonly pick: number; readonly folder: number }
  | { readonly do: 'removeStagingFolder' }
  | { readonly do: 'makeDue' }
  | { readonly do: 'calm' }
  | { readonly do: 'pause' | 'resume'; readonly scope: Scope }
  | {
      readonly do: 'fault';
      readonly kind: (typeof faultKinds)[number];
      readonly on: 'any' | 'moves' | 'marks';
      readonly times: number;
    }
  /** From now on notifications are lost, doubled and put out of order, or not. */
  | { readonly do: 'notify'; readonly badly: boolean }
  /** Killed after so many requests to Graph or changes by it, or a little later if there are not as many. */
  | {
      readonly do: 'crash';
      readonly counts: 'requests' | 'changes';
      readonly after: number;
      readonly amid: Wish | undefined;
    };

const category = (name: string) => ({ actionType: 'categorize', category: name }) as const;
const plain = (actionType: 'delete' | 'archive' | 'markRead' | 'flag') => ({ actionType }) as const;

/** What rules do: with one place and without, alone and together. */
export function actionLists(folderId: (name: string) => string) {
  const toReading = { actionType: 'move', toFolder: folderId('Reading') } as const;
  return [
    [plain('delete')],
    [toReading],
    [plain('markRead'), category('Later'), plain('delete')],
    [plain('markRead'), toReading],
    [plain('flag')],
    [plain('flag'), category('Later'), plain('archive')],
    [category('Blue')],
    [plain('flag'), plain('delete')],
    [plain('markRead')],
  ];
}

/** Whom rules are about. */
export function conditionLists(folderId: (name: string) => string) {
  return [
    { senderEmail: senders[0] },
    { senderEmail: senders[1] },
    { senderDomain: 'letters.example' },
    { senderDomain: 'work.example' },
    { senderEmail: senders[1], subjectContains: 'offer' },
    { subjectContains: 'weekly' },
    { senderDomain: 'letters.example', fromFolder: folderId('Reports') },
  ];
}
