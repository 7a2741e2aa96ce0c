import '../../check-node.js'; // before all else: an older Node ends here

const { readFile } = await import('node:fs/promises');
const { parseRebindings, rebindAccounts } = await import('../accounts/rebind-accounts.ts');
const { TokenVault } = await import('../auth/tokens/token-vault.ts');
const { parseKeys } = await import('../auth/tokens/vault-keys.ts');
const { loadConfig } = await import('../config/env.ts');
const { parseCommand, print, runProgram, withDatabase } = await import('./program.ts');

const usage = `Usage: npm run accounts:rebind -- --map FILE [--apply]

Binds users and mailboxes to other Microsoft accounts: after a migration to another directory, or for a person whose
account was created anew. Rules and history stay; each mailbox must be connected again. Without --apply nothing is
changed. Back up first, and stop the service.

  --map FILE  the accounts, one pair a line: OLD_TENANT.OLD_OBJECT,NEW_TENANT.NEW_OBJECT (ids; # begins a comment)
  --apply     do it
  --help      show this

Exit code: 0 when all are rebound, 1 when some are not, 2 when it could not be done.`;

await runProgram(async (args) => {
  const { apply, help, map } = parseCommand(args, ['map'], usage);
  if (help) {
    print(usage);
    return 0;
  }
  if (map === undefined) throw new Error(`--map is missing\n\n${usage}`);
  const rebindings = parseRebindings(await readFile(map, 'utf8'));
  const config = loadConfig();
  const keys = config.encryptionKeys?.reveal();
  const vault = keys === undefined ? undefined : new TokenVault(parseKeys(keys));
  return withDatabase(config, () => rebindAccounts({ rebindings, vault, apply, print }));
});
