/**
 * DocumentDB raises SQLSTATE 'M' and four base-36 digits: the ordinal of an error in its own table.
 * For ordinals 0 to 48 the MongoDB code stands here by position.
 */
const CODE_BY_ORDINAL = [
  1, 2, 5, 9, 14, 15, 20, 23, 26, 27, 28, 31, 34, 40, 43, 48, 52, 53, 54, 56, 57, 61, 66, 67, 68, 72, 73, 85, 86, 111,
  115, 118, 146, 159, 165, 166, 167, 181, 197, 224, 232, 241, 263, 276, 291, 361, 10065, 10334, 11000,
] as const;

/** Errors beyond those ordinals whose MongoDB code is known. */
const CODE_BY_STATE: Readonly<Record<string, number>> = {
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

export const INTERNAL_ERROR = 1;
export const ILLEGAL_OPERATION = 20;
export const INVALID_BSON = 22;
export const CURSOR_NOT_FOUND = 43;
export const COMMAND_NOT_FOUND = 59;
export const INVALID_OPTIONS = 72;
export const COMMAND_NOT_SUPPORTED = 115;
export const DUPLICATE_KEY = 11000;

/** Names as mongod gives them: https://www.mongodb.com/docs/manual/reference/error-codes/ */
const NAME_BY_CODE: Readonly<Record<number, string>> = {
  [INTERNAL_ERROR]: 'InternalError',
  2: 'BadValue',
  9: 'FailedToParse',
  13: 'Unauthorized',
  14: 'TypeMismatch',
  [ILLEGAL_OPERATION]: 'IllegalOperation',
  [INVALID_BSON]: 'InvalidBSON',
  24: 'LockTimeout',
  26: 'NamespaceNotFound',
  27: 'IndexNotFound',
  28: 'PathNotViable',
  40: 'ConflictingUpdateOperators',
  [CURSOR_NOT_FOUND]: 'CursorNotFound',
  48: 'NamespaceExists',
  50: 'MaxTimeMSExpired',
  52: 'DollarPrefixedFieldName',
  56: 'EmptyFieldName',
  [COMMAND_NOT_FOUND]: 'CommandNotFound',
  66: 'ImmutableField',
  67: 'CannotCreateIndex',
  68: 'IndexAlreadyExists',
  [INVALID_OPTIONS]: 'InvalidOptions',
  73: 'InvalidNamespace',
  85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict',
  112: 'WriteConflict',
  [COMMAND_NOT_SUPPORTED]: 'CommandNotSupported',
  121: 'DocumentValidationFailure',
  146: 'ExceededMemoryLimit',
  166: 'CommandNotSupportedOnView',
  197: 'InvalidIndexSpecificationOption',
  241: 'ConversionFailure',
  [DUPLICATE_KEY]: 'DuplicateKey',
};

/** SQLSTATE → MongoDB error code; 1 (InternalError) for a state that has none. */
export function mongoCode(sqlState: string | undefined): number {
  if (sqlState === undefined) return INTERNAL_ERROR;
  const known = CODE_BY_STATE[sqlState];
  if (known !== undefined) return known;
  return (
    (sqlState.startsWith('M') ? CODE_BY_ORDINAL[Number.parseInt(sqlState.slice(1), 36)] : undefined) ?? INTERNAL_ERROR
  );
}

/** Name of a MongoDB error code; as in mongod, `Location<code>` where it has none. */
export function codeName(code: number): string {
  return NAME_BY_CODE[code] ?? `Location${code}`;
}

/**
 * Write errors carry their SQLSTATE as a number, as PostgreSQL's MAKE_SQLSTATE packs it:
 * five characters of six bits each, the first in the lowest bits, counted from '0'.
 */
export function unpackSqlState(packed: number): string {
  return [0, 6, 12, 18, 24].map((shift) => String.fromCodePoint(48 + ((packed >> shift) & 63))).join('');
}
