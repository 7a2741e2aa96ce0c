/**
 * Shapes of answers that the real Graph v1.0 gave to a personal account in July and August 2026: names and types of
 * properties, no values. A list has the shape of its items, an empty one was seen empty.
 */
export const capturedShapes = {
  message: {
    '@odata.context': 'string',
    '@odata.etag': 'string',
    bccRecipients: [],
    bodyPreview: 'string',
    ccRecipients: [],
    changeKey: 'string',
    conversationId: 'string',
    flag: {
      flagStatus: 'string',
    },
    from: {
      emailAddress: {
        address: 'string',
        name: 'string',
      },
    },
    hasAttachments: 'boolean',
    id: 'string',
    internetMessageId: 'string',
    isDraft: 'boolean',
    isRead: 'boolean',
    lastModifiedDateTime: 'string',
    parentFolderId: 'string',
    receivedDateTime: 'string',
    sender: {
      emailAddress: {
        address: 'string',
        name: 'string',
      },
    },
    sentDateTime: 'string',
    subject: 'string',
    toRecipients: [
      {
        emailAddress: {
          address: 'string',
          name: 'string',
        },
      },
    ],
  },
  draftPatched: {
    '@odata.context': 'string',
    '@odata.etag': 'string',
    bccRecipients: [],
    bodyPreview: 'string',
    ccRecipients: [],
    changeKey: 'string',
    conversationId: 'string',
    flag: {
      flagStatus: 'string',
    },
    hasAttachments: 'boolean',
    id: 'string',
    internetMessageId: 'string',
    isDraft: 'boolean',
    isRead: 'boolean',
    lastModifiedDateTime: 'string',
    parentFolderId: 'string',
    receivedDateTime: 'string',
    sentDateTime: 'string',
    subject: 'string',
    toRecipients: [
      {
        emailAddress: {
          address: 'string',
          name: 'string',
        },
      },
    ],
  },
  draftMoved: {
    '@odata.context': 'string',
    '@odata.etag': 'string',
    bccRecipients: [],
    bodyPreview: 'string',
    ccRecipients: [],
    changeKey: 'string',
    conversationId: 'string',
    flag: {
      flagStatus: 'string',
    },
    hasAttachments: 'boolean',
    id: 'string',
    internetMessageId: 'string',
    isDraft: 'boolean',
    isRead: 'boolean',
    lastModifiedDateTime: 'string',
    parentFolderId: 'string',
    receivedDateTime: 'string',
    sentDateTime: 'string',
    subject: 'string',
    toRecipients: [
      {
        emailAddress: {
          address: 'string',
          name: 'string',
        },
      },
    ],
  },
  messageState: {
    '@odata.context': 'string',
    '@odata.etag': 'string',
    changeKey: 'string',
    flag: {
      flagStatus: 'string',
    },
    id: 'string',
    isDraft: 'boolean',
    isRead: 'boolean',
    lastModifiedDateTime: 'string',
  },
  listed: {
    '@odata.context': 'string',
    '@odata.nextLink': 'string',
    value: [
      {
        '@odata.etag': 'string',
        bccRecipients: [],
        bodyPreview: 'string',
        categories: [],
        ccRecipients: [],
        conversationId: 'string',
        flag: {
          flagStatus: 'string',
        },
        from: {
          emailAddress: {
            address: 'string',
            name: 'string',
          },
        },
        hasAttachments: 'boolean',
        id: 'string',
        importance: 'string',
        internetMessageId: 'string',
        isDraft: 'boolean',
        isRead: 'boolean',
        parentFolderId: 'string',
        receivedDateTime: 'string',
        sender: {
          emailAddress: {
            address: 'string',
            name: 'string',
          },
        },
        sentDateTime: 'string',
        subject: 'string',
        toRecipients: [
          {
            emailAddress: {
              address: 'string',
              name: 'string',
            },
          },
        ],
      },
    ],
  },
  firstRound: {
    '@odata.context': 'string',
    '@odata.deltaLink': 'string',
    value: [
      {
        '@odata.etag': 'string',
        '@odata.type': 'string',
        bccRecipients: [],
        bodyPreview: 'string',
        categories: [],
        ccRecipients: [],
        conversationId: 'string',
        flag: {
          flagStatus: 'string',
        },
        from: {
          emailAddress: {
            address: 'string',
            name: 'string',
          },
        },
        hasAttachments: 'boolean',
        id: 'string',
        importance: 'string',
        internetMessageId: 'string',
        isDraft: 'boolean',
        isRead: 'boolean',
        parentFolderId: 'string',
        receivedDateTime: 'string',
        sender: {
          emailAddress: {
            address: 'string',
            name: 'string',
          },
        },
        sentDateTime: 'string',
        subject: 'string',
        toRecipients: [
          {
            emailAddress: {
              address: 'string',
              name: 'string',
            },
          },
        ],
      },
    ],
  },
  readChange: {
    '@odata.context': 'string',
    '@odata.deltaLink': 'string',
    value: [
      {
        '@odata.type': 'string',
        id: 'string',
        isRead: 'boolean',
        parentFolderId: 'string',
      },
    ],
  },
  flagChange: {
    '@odata.context': 'string',
    '@odata.deltaLink': 'string',
    value: [
      {
        '@odata.etag': 'string',
        '@odata.type': 'string',
        flag: {
          flagStatus: 'string',
        },
        from: {
          emailAddress: {
            address: 'string',
            name: 'string',
          },
        },
        hasAttachments: 'boolean',
        id: 'string',
        internetMessageId: 'string',
        isRead: 'boolean',
        parentFolderId: 'string',
        receivedDateTime: 'string',
        subject: 'string',
      },
    ],
  },
  removal: {
    '@odata.context': 'string',
    '@odata.deltaLink': 'string',
    value: [
      {
        '@odata.type': 'string',
        '@removed': {
          reason: 'string',
        },
        id: 'string',
      },
    ],
  },
  noChange: {
    '@odata.context': 'string',
    '@odata.deltaLink': 'string',
    value: [],
  },
  folders: {
    '@odata.context': 'string',
    value: [
      {
        childFolderCount: 'number',
        displayName: 'string',
        id: 'string',
        isHidden: 'boolean',
        parentFolderId: 'string',
        sizeInBytes: 'number',
        totalItemCount: 'number',
        unreadItemCount: 'number',
      },
    ],
  },
  foldersFirstRound: {
    '@odata.context': 'string',
    '@odata.deltaLink': 'string',
    value: [
      {
        '@odata.type': 'string',
        childFolderCount: 'number',
        displayName: 'string',
        id: 'string',
        isHidden: 'boolean',
        parentFolderId: 'string',
        sizeInBytes: 'number',
        totalItemCount: 'number',
        unreadItemCount: 'number',
      },
    ],
  },
  wellKnownFolder: {
    '@odata.context': 'string',
    displayName: 'string',
    id: 'string',
  },
  me: {
    '@odata.context': 'string',
    businessPhones: [],
    displayName: 'string',
    givenName: 'string',
    id: 'string',
    jobTitle: 'null',
    mail: 'string',
    mobilePhone: 'null',
    officeLocation: 'null',
    preferredLanguage: 'string',
    surname: 'string',
    userPrincipalName: 'string',
  },
  error: {
    error: {
      code: 'string',
      innerError: {
        'client-request-id': 'string',
        date: 'string',
        'request-id': 'string',
      },
      message: 'string',
    },
  },
} as const;
