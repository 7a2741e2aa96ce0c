/**
 * DocumentDB raises SQLSTATE 'M' and four base-36 digits: the ordinal of an error in its own table.
 * For ordinals 0 to 48 the MongoDB code stands here by position.
 */
const codeByOrdinal = [
  1, 2, 5, 9, 14, 15, 20, 23, 26, 27, 28, 31, 34, 40, 43, 48, 52, 53, 54, 56, 57, 61, 66, 67, 68, 72, 73, 85, 86, 111,
  115, 118, 146, 159, 165, 166, 167, 181, 197, 224, 232, 241, 263, 276, 291, 361, 10065, 10334, 11000,
] as const;

/** Errors beyond those ordinals whose MongoDB code is known. */
const codeByState: Readonly<Record<string, number>> = {
  M001H: 13113,
  M001I: 13297,
  M001O: 15958,
  M003A: 17419,
  M003B: 17420,
  M007U: 40324,
  M0088: 40415,
  M00CO: 121,
  M00DO: 16,
  M00E8: 10107,
  M00EL: 143,
  M00FD: 171,
  // PostgreSQL's own
  '0A000': 115,
  '22023': 2,
  '22P02': 2,
  '23505': 11000,
  '23P01': 11000,
  '40001': 112,
  '40P01': 112,
  '42501': 13,
  '42P01': 26,
  '53100': 14031,
  '54000': 146,
  '55P03': 24,
  '57014': 50,
};

export const internalErrorCode = 1;
export const illegalOperationCode = 20;
export const invalidBsonCode = 22;
export const cursorNotFoundCode = 43;
export const commandNotFoundCode = 59;
export const invalidOptionsCode = 72;
export const commandNotSupportedCode = 115;
export const duplicateKeyCode = 11000;

/** Names as mongod gives them: https://www.mongodb.com/docs/manual/reference/error-codes/ */
const nameByCode: Readonly<Record<number, string>> = {
  [internalErrorCode]: 'InternalError',
  2: 'BadValue',
  9: 'FailedToParse',
  13: 'Unauthorized',
  14: 'TypeMismatch',
  [illegalOperationCode]: 'IllegalOperation',
  [invalidBsonCode]: 'InvalidBSON',
  24: 'LockTimeout',
  26: 'NamespaceNotFound',
  27: 'IndexNotFound',
  28: 'PathNotViable',
  40: 'ConflictingUpdateOperators',
  [cursorNotFoundCode]: 'CursorNotFound',
  48: 'NamespaceExists',
  50: 'MaxTimeMSExpired',
  52: 'DollarPrefixedFieldName',
  56: 'EmptyFieldName',
  [commandNotFoundCode]: 'CommandNotFound',
  66: 'ImmutableField',
  67: 'CannotCreateIndex',
  68: 'IndexAlreadyExists',
  [invalidOptionsCode]: 'InvalidOptions',
  73: 'InvalidNamespace',
  85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict',
  112: 'WriteConflict',
  [commandNotSupportedCode]: 'CommandNotSupported',
  121: 'DocumentValidationFailure',
  146: 'ExceededMemoryLimit',
  166: 'CommandNotSupportedOnView',
  197: 'InvalidIndexSpecificationOption',
  241: 'ConversionFailure',
  [duplicateKeyCode]: 'DuplicateKey',
};

/** SQLSTATE → MongoDB error code; 1 (InternalError) for a state that has none. */
export function mongoCode(sqlState: string | undefined): number {
  if (sqlState === undefined) return internalErrorCode;
  const known = codeByState[sqlState];
  if (known !== undefined) return known;
  return (
    (sqlState.startsWith('M') ? codeByOrdinal[Number.parseInt(sqlState.slice(1), 36)] : undefined) ?? internalErrorCode
  );
}

/** Name of a MongoDB error code; as in mongod, `Location<code>` where it has none. */
export function codeName(code: number): string {
  return nameByCode[code] ?? `Location${code}`;
}

/**
 * Write errors carry their SQLSTATE as a number, as PostgreSQL's MAKE_SQLSTATE packs it:
 * five characters of six bits each, the first in the lowest bits, counted from '0'.
 */
export function unpackSqlState(packed: number): string {
  return [0, 6, 12, 18, 24].map((shift) => String.fromCodePoint(48 + ((packed >> shift) & 63))).join('');
}
