import { Schema } from 'mongoose';
import { groupOptions, type Paths } from './paths.ts';

/** The parts of one AES-GCM encrypted text. */
interface IEncryptedText {
  encrypted?: string;
  iv?: string;
  tag?: string;
}

/** The OAuth tokens of a user or a mailbox; never in clear text. */
export interface IEncryptedTokens {
  accessToken?: IEncryptedText;
  refreshToken?: IEncryptedText;
  /** When the access token ends. */
  expiresAt?: Date;
}

const encryptedTextSchema = new Schema<IEncryptedText>(
  {
    encrypted: { type: String },
    iv: { type: String },
    tag: { type: String },
  } satisfies Paths<IEncryptedText>,
  groupOptions,
);

export const encryptedTokensSchema = new Schema<IEncryptedTokens>(
  {
    accessToken: { type: encryptedTextSchema },
    refreshToken: { type: encryptedTextSchema },
    expiresAt: { type: Date },
  } satisfies Paths<IEncryptedTokens>,
  groupOptions,
);
