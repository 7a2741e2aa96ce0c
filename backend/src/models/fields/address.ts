/** How an e-mail address or a domain is declared: stored trimmed and in lower case, so that it is found however it was typed. */
export const address = { type: String, lowercase: true, trim: true } as const;
