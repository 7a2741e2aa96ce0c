/** The ways in which the application proves itself: one of them is needed. */
export const clientProofSettings =
  'MICROSOFT_CLIENT_SECRET (or MICROSOFT_CLIENT_CERTIFICATE_FILE with MICROSOFT_CLIENT_KEY_FILE, or MICROSOFT_CLIENT_TYPE=public)';
