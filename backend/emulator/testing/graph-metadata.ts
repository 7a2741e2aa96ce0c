/** Type of a property in Graph's metadata: a primitive, a closed list of words, or the name of another type. */
interface PropertyFact {
  readonly type: string;
  readonly isNullable: boolean;
  readonly isList: boolean;
}

type Facts = Readonly<Record<string, PropertyFact>>;

const one = (type: string): PropertyFact => ({ type, isNullable: true, isList: false });
const always = (type: string): PropertyFact => ({ type, isNullable: false, isList: false });
const list = (type: string): PropertyFact => ({ type, isNullable: true, isList: true });
const each = (type: string, ...names: readonly string[]): Facts =>
  Object.fromEntries(names.map((name) => [name, one(type)]));

const message: Facts = {
  id: always('String'),
  ...each('String', 'bodyPreview', 'changeKey', 'conversationId', 'conversationIndex', 'internetMessageId'),
  ...each('String', 'parentFolderId', 'subject', 'webLink'),
  ...each('DateTimeOffset', 'createdDateTime', 'lastModifiedDateTime', 'receivedDateTime', 'sentDateTime'),
  ...each('Boolean', 'hasAttachments', 'isDeliveryReceiptRequested', 'isDraft', 'isRead', 'isReadReceiptRequested'),
  ...each('recipient', 'from', 'sender'),
  ...each('itemBody', 'body', 'uniqueBody'),
  importance: one('low|normal|high'),
  inferenceClassification: one('focused|other'),
  flag: one('followupFlag'),
  categories: list('String'),
  internetMessageHeaders: list('internetMessageHeader'),
  bccRecipients: list('recipient'),
  ccRecipients: list('recipient'),
  replyTo: list('recipient'),
  toRecipients: list('recipient'),
};

const mailFolder: Facts = {
  id: always('String'),
  ...each('String', 'displayName', 'parentFolderId'),
  ...each('Int32', 'childFolderCount', 'totalItemCount', 'unreadItemCount'),
  sizeInBytes: one('Int64'), // captured: it is not in the metadata of v1.0
  isHidden: one('Boolean'),
};

/**
 * A cut of the metadata of Graph v1.0 (https://graph.microsoft.com/v1.0/$metadata): the types that MSEDB meets, with
 * the properties that the emulator may give.
 */
export const graphMetadata: Readonly<Record<string, Facts>> = {
  message,
  eventMessage: {
    ...message,
    ...each('dateTimeTimeZone', 'endDateTime', 'startDateTime'),
    ...each('Boolean', 'isAllDay', 'isDelegated', 'isOutOfDate'),
    meetingMessageType: one(
      'none|meetingRequest|meetingCancelled|meetingAccepted|meetingTenativelyAccepted|meetingDeclined',
    ),
    type: one('singleInstance|occurrence|exception|seriesMaster'),
  },
  mailFolder,
  mailSearchFolder: {
    ...mailFolder,
    filterQuery: one('String'),
    ...each('Boolean', 'includeNestedFolders', 'isSupported'),
    sourceFolderIds: list('String'),
  },
  subscription: {
    id: always('String'),
    changeType: always('String'),
    notificationUrl: always('String'),
    resource: always('String'),
    expirationDateTime: always('DateTimeOffset'),
    ...each('String', 'applicationId', 'clientState', 'creatorId', 'encryptionCertificate', 'encryptionCertificateId'),
    ...each('String', 'latestSupportedTlsVersion', 'lifecycleNotificationUrl', 'notificationQueryOptions'),
    notificationUrlAppId: one('String'),
    includeResourceData: one('Boolean'),
  },
  messageRule: {
    id: always('String'),
    displayName: one('String'),
    sequence: one('Int32'),
    ...each('Boolean', 'hasError', 'isEnabled', 'isReadOnly'),
    ...each('open', 'actions', 'conditions', 'exceptions'),
  },
  user: {
    id: always('String'),
    businessPhones: { type: 'String', isNullable: false, isList: true },
    ...each('String', 'displayName', 'givenName', 'jobTitle', 'mail', 'mobilePhone', 'officeLocation'),
    ...each('String', 'preferredLanguage', 'surname', 'userPrincipalName'),
  },
  changeNotification: {
    id: one('String'),
    changeType: always('created|updated|deleted'),
    resource: always('String'),
    subscriptionExpirationDateTime: always('DateTimeOffset'),
    subscriptionId: always('Guid'),
    tenantId: always('Guid'),
    clientState: one('String'),
    lifecycleEvent: one('missed|subscriptionRemoved|reauthorizationRequired'),
    resourceData: one('open'),
  },
  recipient: { emailAddress: one('emailAddress') },
  emailAddress: each('String', 'address', 'name'),
  itemBody: { content: one('String'), contentType: one('text|html') },
  internetMessageHeader: each('String', 'name', 'value'),
  dateTimeTimeZone: { dateTime: always('String'), timeZone: one('String') },
  followupFlag: {
    flagStatus: one('notFlagged|complete|flagged'),
    ...each('dateTimeTimeZone', 'completedDateTime', 'dueDateTime', 'startDateTime'),
  },
};

/** What is wrong with an item by the metadata, as "message.isRead: null"; annotations (`@…`) aside. */
export function metadataFaults(typeName: string, item: unknown): string[] {
  const facts = graphMetadata[typeName];
  if (facts === undefined) return [`${typeName}: no such type`];
  if (typeof item !== 'object' || item === null) return [`${typeName}: no object`];
  return Object.entries(item).flatMap(([name, value]: [string, unknown]) => {
    if (name.startsWith('@')) return [];
    const fact = facts[name];
    return fact === undefined ? [`${typeName}.${name}: unknown`] : faultsOf(`${typeName}.${name}`, fact, value);
  });
}

function faultsOf(path: string, { type, isNullable, isList }: PropertyFact, value: unknown): string[] {
  if (value === null) return isNullable ? [] : [`${path}: null`];
  if (!isList) return valueFaults(path, type, value);
  return Array.isArray(value) ? value.flatMap((entry) => valueFaults(path, type, entry)) : [`${path}: no list`];
}

const primitives: Readonly<Record<string, (value: unknown) => boolean>> = {
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  Int32: (value) => Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31,
  Int64: (value) => Number.isSafeInteger(value),
  DateTimeOffset: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/.test(value),
  Guid: (value) => typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value),
  open: (value) => typeof value === 'object' && value !== null,
};

function valueFaults(path: string, type: string, value: unknown): string[] {
  const isOfType = primitives[type];
  if (isOfType !== undefined) return isOfType(value) ? [] : [`${path}: no ${type}`];
  if (type.includes('|')) return type.split('|').includes(String(value)) ? [] : [`${path}: not one of ${type}`];
  return metadataFaults(type, value);
}
