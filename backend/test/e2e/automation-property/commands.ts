// Words: docs/GLOSSARY.md, "Tests".

export const senders = ['news@letters.example', 'shop@letters.example', 'bob@work.example'] as const;
export const subjects = ['Weekly digest', 'Offer of the day', 'Invoice 12'] as const;
export const folders = ['Reading', 'Reports'] as const;

export const ownVerbs = ['move', 'delete', 'read', 'unread', 'flag', 'unflag', 'categorize', 'back'] as const;
export const faultKinds = ['throttled', 'unavailable', 'cut', 'answerLost', 'answerCut'] as const;
export const scopes = ['user', 'mailbox'] as const;
export type Scope = (typeof scopes)[number];

/** The content of a rule: indexes into `conditionLists` and `actionLists`. */
export interface RuleChoice {
  readonly conditions: number;
  readonly actions: number;
}

/** A request of the owner to the service. */
export type ServiceRequest =
  | ({ readonly do: 'createRule' } & RuleChoice)
  | ({ readonly do: 'changeRule'; readonly pick: number } & RuleChoice)
  | { readonly do: 'enableRule' | 'disableRule' | 'removeRule' | 'runRule'; readonly pick: number }
  | { readonly do: 'rescue' | 'execute' | 'undo'; readonly pick: number }
  | { readonly do: 'sync' };

export type Command =
  | ServiceRequest
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
  | { readonly do: 'settle' }
  | { readonly do: 'pause' | 'resume'; readonly scope: Scope }
  | {
      readonly do: 'fault';
      readonly kind: (typeof faultKinds)[number];
      readonly on: 'any' | 'moves' | 'marks';
      readonly times: number;
    }
  /** Starts or stops losing, duplicating and reordering notifications. */
  | { readonly do: 'notify'; readonly badly: boolean }
  /** Kills the service after this number of requests to Graph or changes by the service, or after a time limit. */
  | {
      readonly do: 'crash';
      readonly counts: 'requests' | 'changes';
      readonly after: number;
      readonly amid: ServiceRequest | undefined;
    };

const category = (name: string) => ({ actionType: 'categorize', category: name }) as const;
const plain = (actionType: 'delete' | 'archive' | 'markRead' | 'flag') => ({ actionType }) as const;

/** The lists of actions that rules use: with and without a move, alone and combined. */
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

/** The conditions that rules use. */
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
