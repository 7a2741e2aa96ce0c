import '../../check-node.js'; // before all else: an older Node ends here

const { mergeMailboxes } = await import('../accounts/merge-mailboxes.ts');
const { TokenVault } = await import('../auth/tokens/token-vault.ts');
const { parseKeys } = await import('../auth/tokens/vault-keys.ts');
const { loadConfig } = await import('../config/env.ts');
const { parseCommand, print, runProgram, withDatabase } = await import('./program.ts');

const usage = `Usage: npm run mailboxes:merge [-- --apply] [--pair ID,ID]

Finds mailboxes that a user has in more than one row, because their address changed under an older version, and merges
them: the oldest row gets rules, suggestions, history, staged mail and settings of both. Without --apply nothing is
changed. Back up first, and stop the service: a mailbox that is in use is not merged.

  --apply       merge
  --pair ID,ID  merge these two rows of one user: for rows that have no readable tokens
  --help        show this

Exit code: 0 when no mailbox has more than one row (any more), 1 when some could be merged, 2 when it could not be done.`;

await runProgram(async (args) => {
  const { apply, help, pair } = parseCommand(args, ['pair'], usage);
  if (help) {
    print(usage);
    return 0;
  }
  const ids = pair?.split(',') ?? [];
  const [one, other] = ids;
  if (pair !== undefined && (one === undefined || other === undefined || !ids.every((id) => /^[\da-f]{24}$/i.test(id))))
    throw new Error(`--pair needs two ids of mailboxes\n\n${usage}`);
  const config = loadConfig();
  const keys = config.encryptionKeys?.reveal();
  return withDatabase(config, () =>
    mergeMailboxes({
      vault: keys === undefined ? undefined : new TokenVault(parseKeys(keys)),
      apply,
      pair: one === undefined || other === undefined ? undefined : [one, other],
      print,
    }),
  );
});
