/** What the plan says of the fields of one model, written out by hand: the schemas are held against it. */
export interface PlannedModel {
  /** Field to Mongoose type; a dot leads into a group, `[]` into the elements of a list. */
  types: Record<string, string>;
  required: string[];
  /** The fields of a new row that nobody gave, except dates. */
  defaults: Record<string, unknown>;
  /** Fields that are the time of their making. */
  nowByDefault?: string[];
  /** Fields that a row has beside what it needs: what the factory gives it always. */
  given?: string[];
  /** Field to allowed values; 0 is the first element of a list. */
  enums: Record<string, string[]>;
  /** What the elements of a list need beside a value under test, by the path of the first. */
  beside?: Record<string, object>;
}

/** Where tokens are kept. */
export const tokens = {
  'encryptedTokens.accessToken.encrypted': 'String',
  'encryptedTokens.accessToken.iv': 'String',
  'encryptedTokens.accessToken.tag': 'String',
  'encryptedTokens.refreshToken.encrypted': 'String',
  'encryptedTokens.refreshToken.iv': 'String',
  'encryptedTokens.refreshToken.tag': 'String',
  'encryptedTokens.expiresAt': 'Date',
};
